# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# Completions of mq-topic, mq-group, mq-produce and mq-consume for bash.

_mq_topic_commands='create list describe alter delete trim offsets dump verify
	clean wait'
_mq_group_commands='list describe seek commit delete wait peek accept release
	reject redrive'
_mq_codecs='none gzip snappy lz4 zstd'
_mq_topic_configs='cleanup.policy compression.type delete.retention.ms
	flush.messages flush.ms index.interval.bytes max.compaction.lag.ms
	max.message.bytes message.timestamp.type min.cleanable.dirty.ratio
	min.compaction.lag.ms min.insync.replicas retention.bytes retention.ms
	segment.bytes segment.ms'
_mq_producer_configs='acks batch.size compression.type linger.ms partitioner'
_mq_consumer_configs='acks auto.offset.reset
	errors.deadletterqueue.topic.name group.share.delivery.count.limit
	group.share.partition.max.record.locks
	group.share.record.lock.duration.ms max.poll.records
	partition.assignment.strategy share.auto.offset.reset'
_mq_partitioners='murmur2 murmur2_random round-robin'

# The options of a program, or of one of its subcommands.  Those that take an
# argument have a = behind them.
_mq_options() { # program subcommand
	local options

	case $1:$2 in
	mq-topic:create) options='-q -v -b= -F= -X= --partitions= --queue' ;;
	mq-topic:list | mq-topic:describe | mq-topic:verify | mq-topic:clean)
		options='-j -q -r -v -b='
		;;
	mq-topic:alter) options='-q -r -v -b= -F= -X= --partitions=' ;;
	mq-topic:delete) options='-n -q -r -v -b=' ;;
	mq-topic:trim) options='-n -q -r -v -b= -o= -p=' ;;
	mq-topic:offsets) options='-j -q -r -v -b= -o= -p=' ;;
	mq-topic:dump) options='-j -q -v' ;;
	mq-topic:wait) options='-q -v -b= -w= -c=' ;;
	mq-group:list | mq-group:describe) options='-j -q -r -v -b=' ;;
	mq-group:seek)
		options='-j -n -q -v -b= -o= -p= -t= --from= --to-group='
		;;
	mq-group:commit) options='-j -q -v -b= -o= -p= -t= --metadata=' ;;
	mq-group:delete) options='-j -n -q -r -v -b=' ;;
	mq-group:wait) options='-j -q -v -b= -t= -w= --lag=' ;;
	mq-group:peek) options='-j -q -v -b= -c= -p= -t=' ;;
	mq-group:accept) options='-j -q -v -b=' ;;
	mq-group:release)
		options='-j -q -v -b= --delay= --dlq= --max-deliveries='
		;;
	mq-group:reject) options='-j -q -v -b= --dlq=' ;;
	mq-group:redrive)
		options='-j -n -q -v -b= -c= -p= -t= --max-redrives= --to='
		;;
	mq-topic: | mq-group:) options='-q -v -b=' ;;
	mq-produce:*)
		options='-0 -j -q -v -W -Z -b= -d= -f= -F= -H= -k= -K= -p= -x='
		options+=' -X= -z= --acks= --batches --create --delay= --partitioner= --partitions='
		options+=' --progress'
		;;
	mq-consume:*)
		options='-0 -e -j -q -r -u -v -b= -c= -d= -f= -F= -g= -K= -l= -m= -o='
		options+=' -p= -P= -s= -w= -x= -X= --batch= --batches --commit --dlq='
		options+=' --hold --max-deliveries= --max-lease='
		;;
	esac
	printf '%s ' "$options" -h -V
}

_mq_topics() { # the arguments that name the target
	mq-topic -q list "$@" 2>/dev/null </dev/null | cut -f 1
}

# A group's name may be anything, and compgen expands what it is given: those
# that are more than a word are not offered.
_mq_groups() { # type, or nothing for any; the arguments that name the target
	mq-group -q list "${@:2}" 2>/dev/null </dev/null | grep "$1\$" | cut -f 1 |
		LC_ALL=C grep -x '[A-Za-z0-9@%+=:,./_-]*'
}

# What an option or a config takes.
_mq_values() { # program name
	case $1:$2 in
	*:--acks | *:acks) echo '0 1 all' ;;
	*:--partitioner | *:partitioner) echo "$_mq_partitioners" ;;
	*:share.auto.offset.reset) echo 'earliest latest' ;;
	*:errors.deadletterqueue.topic.name) _mq_topics ;;
	*:auto.offset.reset) echo 'none earliest latest' ;;
	*:partition.assignment.strategy)
		echo 'range roundrobin cooperative-sticky'
		;;
	mq-topic:cleanup.policy) echo 'compact compact,delete delete' ;;
	mq-topic:compression.type) echo "producer $_mq_codecs" ;;
	*:compression.type) echo "$_mq_codecs" ;;
	mq-topic:message.timestamp.type) echo 'CreateTime LogAppendTime' ;;
	esac
}

# The words up to the cursor.  readline parts them at = and : too: those that
# stand without a blank between them are one.
_mq_split() {
	local line=$COMP_LINE blank i

	mq_words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blank=${line%%[![:space:]]*}
		line=${line:${#blank}}
		if [[ $i -gt 0 && -z $blank ]]; then
			mq_words[-1]+=${COMP_WORDS[i]}
		else
			mq_words+=("${COMP_WORDS[i]}")
		fi
		line=${line:${#COMP_WORDS[i]}}
	done
}

# A directory gets its slash from readline, and no blank behind it.
_mq_files() {
	compopt -o filenames 2>/dev/null
}

_mq() {
	local program=${1##*/} cur command='' option='' operands=0
	local word letter rest i last target=() words=() options
	local mq_words

	_mq_split
	last=$((${#mq_words[@]} - 1))
	cur=${mq_words[last]}
	# Words before the cursor: what is an option's argument, and of which.
	for ((i = 1; i < last; i++)); do
		word=${mq_words[i]}
		options=" $(_mq_options "$program" "$command")"
		if [[ -n $option ]]; then
			[[ $option == -b ]] && target=(-b "${word/#\~\//$HOME/}")
			option=''
		elif [[ $word == -- ]]; then
			operands=$((operands + last - i - 1))
			break
		elif [[ $word == --* ]]; then
			[[ $options == *" $word= "* ]] && option=$word
		elif [[ $word == -?* ]]; then
			# A cluster: the first letter that takes an argument
			# ends it.
			rest=${word#-}
			while [[ -n $rest ]]; do
				letter=-${rest:0:1}
				rest=${rest:1}
				[[ $options == *" $letter= "* ]] || continue
				[[ -z $rest ]] && option=$letter
				[[ $letter == -b && -n $rest ]] &&
					target=(-b "${rest/#\~\//$HOME/}")
				break
			done
		elif [[ $program == mq-@(topic|group) && -z $command ]]; then
			command=$word
		else
			operands=$((operands + 1))
		fi
	done

	# --option=value, or name=value of -X.
	word=''
	if [[ -z $option && $cur == --*=* || $option == -X && $cur == *=* ]]; then
		option='='
		word=${cur%%=*}=
		cur=${cur#*=}
	fi
	case $option in
	=)
		if [[ $word == --to-group= ]]; then
			words=(-W "$(_mq_groups '' "${target[@]}")")
		elif [[ $word == --@(dlq|to)= ]]; then
			words=(-W "$(_mq_topics "${target[@]}")")
		elif [[ $word == --from= ]]; then
			_mq_files
			words=(-f)
		else
			words=(-W "$(_mq_values "$program" "${word%=}")")
		fi
		# Where readline does not part words at =.
		[[ $COMP_WORDBREAKS == *=* ]] || words=(-P "$word" "${words[@]}")
		;;
	'')
		if [[ $cur == -* ]]; then
			options=$(_mq_options "$program" "$command")
			words=(-W "${options//=/}")
		elif [[ $program == mq-topic && -z $command ]]; then
			words=(-W "$_mq_topic_commands")
		elif [[ $program == mq-group && -z $command ]]; then
			words=(-W "$_mq_group_commands")
		elif [[ $operands -gt 0 && $command == @(accept|release|reject) ]]; then
			: # ids, which only the script knows
		elif [[ $program == mq-group ]]; then
			words=(-W "$(_mq_groups '' "${target[@]}")")
		elif [[ $command == dump ]] ||
		    [[ $program == mq-produce && $operands -gt 0 ]]; then
			_mq_files
			words=(-f)
		elif [[ $command != create ]]; then
			words=(-W "$(_mq_topics "${target[@]}")")
		fi
		;;
	-b)
		_mq_files
		words=(-d)
		;;
	-F | --from)
		_mq_files
		words=(-f)
		;;
	-g) words=(-W "$(_mq_groups Consumer "${target[@]}")") ;;
	-s) words=(-W "$(_mq_groups Share "${target[@]}")") ;;
	--to-group) words=(-W "$(_mq_groups '' "${target[@]}")") ;;
	-t | --dlq | --to) words=(-W "$(_mq_topics "${target[@]}")") ;;
	-X)
		compopt -o nospace 2>/dev/null
		words=(-S '=' -W)
		case $program in
		mq-topic) words+=("$_mq_topic_configs") ;;
		mq-produce) words+=("$_mq_producer_configs") ;;
		mq-consume) words+=("$_mq_consumer_configs") ;;
		esac
		;;
	-o) words=(-W 'start end') ;;
	-x) words=(-c) ;;
	-z) words=(-W "$_mq_codecs") ;;
	--acks | --partitioner) words=(-W "$(_mq_values "$program" "$option")") ;;
	esac

	COMPREPLY=()
	[[ ${#words[@]} -eq 0 ]] ||
		mapfile -t COMPREPLY < <(compgen "${words[@]}" -- "$cur")
}

complete -F _mq mq-topic mq-group mq-produce mq-consume
