# fish completion for inbasket(1)

function __inbasket_accounts
    set -l config $HOME/.config/inbasket
    set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME/inbasket
    for file in $config/accounts/*.conf
        basename $file .conf
    end
end

complete -c inbasket -f
complete -c inbasket -l home -d 'Keep everything below a folder' -xa '(__fish_complete_directories)'
complete -c inbasket -l json -d 'Answer in JSON'
complete -c inbasket -l quiet -d 'Say only what went wrong'
complete -c inbasket -l verbose -d 'Say more'
complete -c inbasket -l no-progress -d 'Show no progress line'
complete -c inbasket -l version -d 'Print the version'
complete -c inbasket -l help -d 'Say what a command takes'

set -l commands setup sync status log why report learn classify eval undo account filter client service doctor
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a sync -d 'Fetch, filter and deliver once'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a setup -d 'Add accounts, step by step'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a status -d 'Show how each account stands'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a log -d 'Show what arrived and where it went'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a why -d 'Explain the verdict on a message'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a report -d 'Tell why spam still comes'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a classify -d 'Say what the classifier takes messages for'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a eval -d 'Measure the classifier on your mail'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a undo -d 'Take sorting and discards back'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a account -d 'List, add, test and change accounts'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a filter -d 'Check, run and choose filters'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a learn -d 'Tell the classifier what is spam and what is not'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a client -d 'Point a mail program at the Maildir'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a service -d 'Have it run in the background, from login on'
complete -c inbasket -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'Check the whole, and say what to do'

complete -c inbasket -n '__fish_seen_subcommand_from sync' -s n -l dry-run -d 'Change nothing'
complete -c inbasket -n '__fish_seen_subcommand_from service; and not __fish_seen_subcommand_from enable disable' -a 'enable disable status'
complete -c inbasket -n '__fish_seen_subcommand_from doctor' -l offline -d 'Ask neither mail servers nor DNS'
complete -c inbasket -n '__fish_seen_subcommand_from client' -l write -d 'Write the settings into a file of their own'
complete -c inbasket -n '__fish_seen_subcommand_from client' -a 'mutt neomutt aerc notmuch mu4e evolution kmail claws-mail thunderbird'
complete -c inbasket -n '__fish_seen_subcommand_from setup' -l answers -rF -d 'Take the answers from a file'
complete -c inbasket -n '__fish_seen_subcommand_from setup' -l secret-stdin -d 'Read passwords from standard input'
complete -c inbasket -n '__fish_seen_subcommand_from sync' -a '(__inbasket_accounts)'
complete -c inbasket -n '__fish_seen_subcommand_from status' -s w -l watch -d 'Stay and show it anew'
complete -c inbasket -n '__fish_seen_subcommand_from log undo report' -l since -xa '1h 12h 1d 7d 30d' -d 'From when on'
complete -c inbasket -n '__fish_seen_subcommand_from classify eval' -F
complete -c inbasket -n '__fish_seen_subcommand_from classify' -s b -l batch -d 'Answer lines of standard input'
complete -c inbasket -n '__fish_seen_subcommand_from eval' -s j -l junk -rF -d 'From here on, all is junk'
complete -c inbasket -n '__fish_seen_subcommand_from eval' -s t -l threshold -xa '0.5 0.7 0.8 0.9' -d 'Spam from this probability on'
complete -c inbasket -n '__fish_seen_subcommand_from eval' -s s -l suspects -x -d 'Show so many that are probably misfiled'
complete -c inbasket -n '__fish_seen_subcommand_from log why classify eval' -l account -xa '(__inbasket_accounts)'
complete -c inbasket -n '__fish_seen_subcommand_from report' -l html -r -d 'Write a page with charts'
complete -c inbasket -n '__fish_seen_subcommand_from log' -l junk -d 'Only Junk'
complete -c inbasket -n '__fish_seen_subcommand_from log' -s f -l follow -d 'Go on, and print what arrives'
complete -c inbasket -n '__fish_seen_subcommand_from account' -a 'list show add import edit test token pause resume remove (__inbasket_accounts)'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l address -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l aliases -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l enabled -xa 'true false'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l protocol -xa 'imap pop3'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l host -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l port -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l security -xa 'tls starttls none'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l allow-plaintext -xa 'true false'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l ca-file -rF
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l fingerprint -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l user -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l auth -xa 'password oauth2'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l secret -xa 'command: credential: file: keyring'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l provider -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-client-id -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-client-secret -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-auth-url -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-token-url -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-device-url -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l oauth2-scope -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l folders -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l since -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l after -xa 'keep delete delete-after:14d move:'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l max-size -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l interval -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l push -xa 'true false'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l filter-enabled -xa 'true false'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l scripts -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l server-junk -xa 'none move'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l folder -x
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l secret-stdin -d 'Read the password from standard input'
complete -c inbasket -n '__fish_seen_subcommand_from add edit' -l device -d 'Sign in by a code'
complete -c inbasket -n '__fish_seen_subcommand_from add edit remove' -s y -l yes -d 'Do not ask'
complete -c inbasket -n '__fish_seen_subcommand_from pause' -l for -x -d 'So long only: 90m, 2h, 1d'
complete -c inbasket -n '__fish_seen_subcommand_from import' -a 'mbsync getmail fetchmail fdm offlineimap mpop thunderbird goa'
complete -c inbasket -n '__fish_seen_subcommand_from import' -F
complete -c inbasket -n '__fish_seen_subcommand_from import' -l dry-run -d 'Show only what would become of it'
complete -c inbasket -n '__fish_seen_subcommand_from import' -l with-passwords -d 'Put passwords of the file into the keyring'
complete -c inbasket -n '__fish_seen_subcommand_from remove' -l forget-secret -d 'Remove its password from the keyring, too'
complete -c inbasket -n '__fish_seen_subcommand_from filter' -a 'list enable disable always check run replay test'
complete -c inbasket -n '__fish_seen_subcommand_from filter' -F
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from always' -l by -xa 'list sender domain recipient' -d 'Which mail'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from always' -l to -x -d 'Where it goes'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from always' -l write -d 'Write the rule, and have it run'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from run replay' -s s -l script -rF -d 'Run this filter'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from run replay' -s a -l account -xa '(__inbasket_accounts)'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from run' -s t -l trace -d 'Show each test'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from replay' -s e -l examples -x -d 'So many of each change'
complete -c inbasket -n '__fish_seen_subcommand_from filter; and __fish_seen_subcommand_from check replay' -l draft -x -d 'Standard input is to be this filter'
complete -c inbasket -n '__fish_seen_subcommand_from learn; and not __fish_seen_subcommand_from spam ham' -a 'spam ham'
complete -c inbasket -n '__fish_seen_subcommand_from learn' -l from -rFa '(__inbasket_accounts)' -d 'Learn from what is there already'
complete -c inbasket -n '__fish_seen_subcommand_from learn' -l account -xa '(__inbasket_accounts)'
complete -c inbasket -n '__fish_seen_subcommand_from learn' -l progress -d 'With --json: say on the way how far it is'
complete -c inbasket -n '__fish_seen_subcommand_from learn' -F
