# bash completion for inbasket(1)

_inbasket_accounts ()
{
    local config=${XDG_CONFIG_HOME:-$HOME/.config}/inbasket file i
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        [[ ${COMP_WORDS[i]} == --home ]] && config=${COMP_WORDS[i + 1]}/config
    done
    for file in "$config"/accounts/*.conf; do
        [[ -e $file ]] && basename "$file" .conf
    done
}

_inbasket ()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local common='--home --json --quiet --verbose --no-progress --version --help'
    local words='' command='' sub='' i

    case $previous in
    --home | --ca-file | --answers | --html) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --account) mapfile -t COMPREPLY < <(compgen -W "$(_inbasket_accounts)" -- "$current"); return ;;
    --threshold) mapfile -t COMPREPLY < <(compgen -W '0.5 0.7 0.8 0.9' -- "$current"); return ;;
    --for) mapfile -t COMPREPLY < <(compgen -W '30m 2h 1d' -- "$current"); return ;;
    --since) mapfile -t COMPREPLY < <(compgen -W '1h 12h 1d 7d 30d' -- "$current"); return ;;
    --enabled | --allow-plaintext | --push | --filter-enabled) mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$current"); return ;;
    --protocol) mapfile -t COMPREPLY < <(compgen -W 'imap pop3' -- "$current"); return ;;
    --security) mapfile -t COMPREPLY < <(compgen -W 'tls starttls none' -- "$current"); return ;;
    --auth) mapfile -t COMPREPLY < <(compgen -W 'password oauth2' -- "$current"); return ;;
    --after) mapfile -t COMPREPLY < <(compgen -W 'keep delete delete-after:14d move:' -- "$current"); return ;;
    --server-junk) mapfile -t COMPREPLY < <(compgen -W 'none move' -- "$current"); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --home) ((i++)) ;;
        -*) ;;
        *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; elif [[ -z $sub ]]; then sub=${COMP_WORDS[i]}; fi ;;
        esac
    done
    case $command in
    '') words='setup sync status log why report learn classify eval undo account filter client service doctor' ;;
    sync) words="--dry-run $(_inbasket_accounts)" ;;
    setup) words='--answers --secret-stdin' ;;
    status) words='--watch' ;;
    log) words='--since --account --junk --follow' ;;
    why) words='--account' ;;
    report) words='--since --html' ;;
    classify) words='--account --batch'
        [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
    eval) words='--junk --threshold --suspects --account'
        [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
    undo) words='--since' ;;
    doctor) words='--offline' ;;
    service) [[ -n $sub ]] || words='enable disable status' ;;
    client) words='--write mutt neomutt aerc notmuch mu4e evolution kmail claws-mail thunderbird' ;;
    learn)
        if [[ $sub == spam || $sub == ham ]]; then
            words='--account'
            [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; }
        elif [[ " ${COMP_WORDS[*]} " == *' --from '* && $current != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_inbasket_accounts)" -- "$current"; compgen -d -- "$current"); return
        else
            words='spam ham --from --account --progress'
        fi
        ;;
    account)
        case $sub in
        '') words='list show add import edit test token pause resume remove' ;;
        import) words='--dry-run --with-passwords'
            [[ $current == -* ]] || { mapfile -t COMPREPLY < <(
                compgen -W 'mbsync getmail fetchmail fdm offlineimap mpop thunderbird goa' -- "$current"; compgen -f -- "$current"); return; } ;;
        add | edit) words="--address --aliases --enabled --protocol --host --port --security --allow-plaintext --ca-file
                --fingerprint --user --auth --secret --provider --oauth2-client-id --oauth2-client-secret
                --oauth2-auth-url --oauth2-token-url --oauth2-device-url --oauth2-scope --folders --since --after
                --max-size --interval --push --filter-enabled --scripts --server-junk --folder
                --secret-stdin --device --yes $(_inbasket_accounts)" ;;
        pause) words="--for $(_inbasket_accounts)" ;;
        remove) words="--forget-secret --yes $(_inbasket_accounts)" ;;
        list) ;;
        *) words=$(_inbasket_accounts) ;;
        esac
        ;;
    filter)
        case $sub in
        '') words='list enable disable always check run replay test' ;;
        test) [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
        run) words='--script --account --trace'
            [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
        always)
            case $previous in
            --by) words='list sender domain recipient' ;;
            *) words='--by --to --write'
                [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
            esac ;;
        check) words='--draft'
            [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; } ;;
        replay) words='--script --account --examples --draft'
            [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -d -- "$current"); return; } ;;
        *) words='back-doors.sieve friends.sieve junk.sieve list-folders.sieve lists.sieve newsletters.sieve notifications.sieve per-account.sieve' ;;
        esac
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words $common" -- "$current")
}

complete -F _inbasket inbasket
