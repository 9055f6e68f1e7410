# SPDX-License-Identifier: ISC
# Completions of mq-topic, mq-group, mq-produce and mq-consume for fish.

# The topics, or groups, of the target that the command line names.
function __mq_names # program [type]
    set -l target
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if string match -q -- -b $words[$i]; and set -q words[(math $i + 1)]
            set target -b (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        else if string match -qr -- '^-b.' $words[$i]
            set target -b (string replace -r '^-b' '' -- $words[$i] | string replace -r '^~/' "$HOME/")
        end
    end
    $argv[1] -q list $target 2>/dev/null </dev/null | string match -r ".*$argv[2]\$" | string replace -r '\t.*' ''
end

function __mq_topics
    __mq_names mq-topic
end

function __mq_groups # [type]
    __mq_names mq-group $argv
end

# The words that are no options and no arguments of options.
function __mq_operands
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -qr -- '^(-[0-9a-zA-Z]*[bcdfFgHkKopPtwxXz]|--(acks|delay|dlq|from|lag|max-deliveries|max-redrives|metadata|partitioner|partitions|to|to-group))$' $word
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __mq_command_is
    set -l operands (__mq_operands)
    if test (count $operands) -eq 0
        contains -- '' $argv
    else
        contains -- $operands[1] $argv
    end
end

# The configs, or with a name and = before the cursor that one with its values.
function __mq_settings # which names
    set -l name (string match -r '^(?:-X)?([^=]*)=' -- (commandline -ct))[2]
    set -l values
    switch "$argv[1]:$name"
        case '*:'
            printf '%s=\n' $argv[2..-1]
        case '*:acks'
            set values 0 1 all
        case '*:share.auto.offset.reset'
            set values earliest latest
        case '*:auto.offset.reset'
            set values none earliest latest
        case '*:cleanup.policy'
            set values compact compact,delete delete
        case 'topic:compression.type'
            set values producer none gzip snappy lz4 zstd
        case '*:compression.type'
            set values none gzip snappy lz4 zstd
        case '*:message.timestamp.type'
            set values CreateTime LogAppendTime
        case '*:partition.assignment.strategy'
            set values range roundrobin cooperative-sticky
        case '*:partitioner'
            set values murmur2 murmur2_random round-robin
    end
    for value in $values
        echo $name=$value
    end
end

function __mq_has_topic
    test (count (__mq_operands)) -gt 0
end

set -l all '' create list describe alter delete trim offsets dump verify clean wait
set -l topic_configs cleanup.policy compression.type delete.retention.ms \
    flush.messages flush.ms index.interval.bytes max.compaction.lag.ms \
    max.message.bytes message.timestamp.type min.cleanable.dirty.ratio \
    min.compaction.lag.ms min.insync.replicas retention.bytes retention.ms \
    segment.bytes segment.ms
set -l producer_configs acks batch.size compression.type linger.ms partitioner
set -l consumer_configs acks auto.offset.reset \
    errors.deadletterqueue.topic.name group.share.delivery.count.limit \
    group.share.partition.max.record.locks \
    group.share.record.lock.duration.ms max.poll.records \
    partition.assignment.strategy share.auto.offset.reset
set -l codecs none gzip snappy lz4 zstd

for program in mq-topic mq-group mq-produce mq-consume
    complete -c $program -f
    complete -c $program -s h -d 'Print the usage'
    complete -c $program -s V -d 'Print the version'
    complete -c $program -s q -d 'Be quiet'
    complete -c $program -s v -d 'Be verbose'
end

# mq-topic
set -l c complete -c mq-topic
$c -n "__mq_command_is ''" -a create -d 'Make topics'
$c -n "__mq_command_is ''" -a list -d 'Their names and sizes'
$c -n "__mq_command_is ''" -a describe -d 'Partitions and configs'
$c -n "__mq_command_is ''" -a alter -d 'Change partitions and configs'
$c -n "__mq_command_is ''" -a delete -d 'Delete topics and their records'
$c -n "__mq_command_is ''" -a trim -d 'Delete the records before a position'
$c -n "__mq_command_is ''" -a offsets -d 'Starts and ends, or where a position is'
$c -n "__mq_command_is ''" -a dump -d 'Print files of a store'
$c -n "__mq_command_is ''" -a verify -d 'Look for faults'
$c -n "__mq_command_is ''" -a clean -d 'Delete what retention does not keep'
$c -n "__mq_command_is ''" -a wait -d 'Until a topic holds so many records'
$c -n '__mq_command_is list describe alter delete trim offsets verify clean wait' -a '(__mq_topics)'
$c -n '__mq_command_is dump' -F
$c -n 'not __mq_command_is dump' -s b -x -a '(__fish_complete_directories)' -d Store
$c -n '__mq_command_is list describe offsets dump verify clean' -s j -d 'Print JSON Lines'
$c -n '__mq_command_is delete trim' -s n -d 'Only print what would be done'
$c -n '__mq_command_is list describe alter delete trim offsets verify clean' -s r -d 'Topics are regular expressions'
$c -n '__mq_command_is wait' -s c -x -d 'Number of records'
$c -n '__mq_command_is create alter' -s F -r -F -d 'File of configs'
$c -n '__mq_command_is trim offsets' -s o -x -a 'start end' -d Position
$c -n '__mq_command_is trim offsets' -s p -x -d Partitions
$c -n '__mq_command_is wait' -s w -x -d 'Longest time to wait'
$c -n '__mq_command_is create alter' -s X -x -a "(__mq_settings topic $topic_configs)" -d Config
$c -n '__mq_command_is create alter' -l partitions -x -d 'Number of partitions'
$c -n '__mq_command_is create' -l queue -d 'Topics with one share group'

# mq-group
set -l c complete -c mq-group
$c -n "__mq_command_is ''" -a list -d 'Their states and lags'
$c -n "__mq_command_is ''" -a describe -d 'Partitions, offsets and members'
$c -n "__mq_command_is ''" -a seek -d 'Move groups to another place'
$c -n "__mq_command_is ''" -a commit -d 'Commit offsets for a script'
$c -n "__mq_command_is ''" -a delete -d 'Forget what groups have committed'
$c -n "__mq_command_is ''" -a wait -d 'Until a group has come so far'
$c -n "__mq_command_is ''" -a peek -d 'Records that are not finished'
$c -n "__mq_command_is ''" -a accept -d 'Records are done'
$c -n "__mq_command_is ''" -a release -d 'Records are for another try'
$c -n "__mq_command_is ''" -a reject -d 'Records are never tried again'
$c -n "__mq_command_is ''" -a redrive -d 'Move dead letters back'
$c -n "not __mq_command_is '' accept release reject" -a '(__mq_groups)'
$c -n '__mq_command_is accept release reject; and test (count (__mq_operands)) -eq 1' -a '(__mq_groups)'
$c -s b -x -a '(__fish_complete_directories)' -d Store
$c -n "not __mq_command_is ''" -s j -d 'Print JSON Lines'
$c -n '__mq_command_is seek delete redrive' -s n -d 'Only print what would be done'
$c -n '__mq_command_is list describe delete' -s r -d 'Groups are regular expressions'
$c -n '__mq_command_is seek' -s o -x -a 'start end' -d 'First record to be read'
$c -n '__mq_command_is commit' -s o -x -d 'Offset to be read next'
$c -n '__mq_command_is seek commit peek redrive' -s p -x -d Partitions
$c -n '__mq_command_is seek commit wait peek redrive' -s t -x -a '(__mq_topics)' -d Topic
$c -n '__mq_command_is wait' -s w -x -d 'Longest time to wait'
$c -n '__mq_command_is seek' -l from -r -F -d 'File of offsets'
$c -n '__mq_command_is wait' -l lag -x -d 'Most records behind'
$c -n '__mq_command_is commit' -l metadata -x -d 'Text to keep with it'
$c -n '__mq_command_is seek' -l to-group -x -a '(__mq_groups)' -d 'Where that group is'
$c -n '__mq_command_is peek redrive' -s c -x -d 'Stop after so many'
$c -n '__mq_command_is release' -l delay -x -d 'Not before then'
$c -n '__mq_command_is release reject' -l dlq -x -a '(__mq_topics)' -d 'Topic of what is given up'
$c -n '__mq_command_is release' -l max-deliveries -x -d 'Times that a record is tried'
$c -n '__mq_command_is redrive' -l max-redrives -x -d 'Times that a letter is moved'
$c -n '__mq_command_is redrive' -l to -x -a '(__mq_topics)' -d 'Topic that they go to'

# mq-produce
set -l c complete -c mq-produce
$c -n 'not __mq_has_topic' -a '(__mq_topics)'
$c -n __mq_has_topic -F
$c -s 0 -d 'A NUL ends a record'
$c -s j -d 'Read JSON Lines'
$c -s W -d 'Each file is one record'
$c -s Z -d 'An empty value is null'
$c -s b -x -a '(__fish_complete_directories)' -d Store
$c -s d -x -d 'These bytes end a record'
$c -s f -x -d 'Template of a record'
$c -s F -r -F -d 'File of properties'
$c -s H -x -d 'Add a header'
$c -s k -x -d 'Key of each record'
$c -s K -x -d 'Key and value are separated by'
$c -s p -x -d 'Partition of each record'
$c -s x -x -a '(__fish_complete_subcommand)' -d 'Take the output of a command'
$c -s X -x -a "(__mq_settings producer $producer_configs)" -d Property
$c -s z -x -a "$codecs" -d Codec
$c -l acks -x -a '0 1 all' -d 'When a record is confirmed'
$c -l batches -d 'Read whole batches'
$c -l create -d 'Make the topic if it is not there'
$c -l delay -x -d 'How long a share group waits with a record'
$c -l partitioner -x -a 'murmur2 murmur2_random round-robin' -d 'What chooses a partition'
$c -l partitions -x -d 'Number of partitions of a new topic'
$c -l progress -d 'Show how far it is'

# mq-consume
set -l c complete -c mq-consume
$c -a '(__mq_topics)'
$c -s 0 -d 'A NUL ends a record'
$c -s e -d 'Stop at the end'
$c -s j -d 'Write JSON Lines'
$c -s r -d 'Topics are regular expressions'
$c -s u -d 'Flush after every record'
$c -s b -x -a '(__fish_complete_directories)' -d Store
$c -s c -x -d 'Stop after so many records'
$c -s d -x -d 'These bytes end a record'
$c -s f -x -d 'Template of a record'
$c -s F -r -F -d 'File of properties'
$c -s g -x -a '(__mq_groups Consumer)' -d 'Read for a consumer group'
$c -s K -x -d 'Key and value are separated by'
$c -s l -x -d 'How long a record is locked'
$c -s m -x -d 'Most records in flight'
$c -s o -x -a 'start end' -d 'Where to start and stop'
$c -s p -x -d Partitions
$c -s P -x -d 'Commands at a time'
$c -s s -x -a '(__mq_groups Share)' -d 'Read for a share group'
$c -s w -x -d 'Longest time to wait'
$c -s x -x -a '(__fish_complete_subcommand)' -d 'Run a command for each record'
$c -s X -x -a "(__mq_settings consumer $consumer_configs)" -d Property
$c -l batch -x -d 'Records for one command, and how long to wait'
$c -l batches -d 'Write whole batches'
$c -l commit -d 'Commit what was written out'
$c -l dlq -x -a '(__mq_topics)' -d 'Topic of what is given up'
$c -l hold -d 'Leave records locked and print their ids'
$c -l max-deliveries -x -d 'Times that a record is tried'
$c -l max-lease -x -d 'Longest time of a command'
