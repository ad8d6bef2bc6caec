require ["fileinto", "enotify", "extlists", "date", "index", "relational", "environment", "special-use", "variables",
         "spamtestplus", "virustest", "subaddress", "regex", "comparator-i;unicode-casemap", "ihave", "vacation", "ereject"];
if allof (address :list "From" "friends", valid_ext_list ["friends", "none"], valid_notify_method "desktop:") {
    notify :importance "1" :message "${0}" "desktop:";
}
if anyof (date :value "ge" :zone "+0530" "Date" "hour" "23", currentdate :is "weekday" ["0", "6"],
          date :index 1 :last :originalzone "Received" "year" "2024", header :index 2 "X" "y") {
    fileinto :specialuse "\\Junk" "Spam";
} elsif allof (environment :matches "vnd.inbasket.verdict" "s*", spamtest :percent :value "gt" "50", virustest "0") {
    set :upperfirst "x" "${1}";
    fileinto "Lists.${x}";
} elsif address :detail :comparator "i;unicode-casemap" :contains "To" "Ä" {
    stop;
}
if ihave ["nothing", "fileinto"] { nonsense; } else { error "no"; }
if header :regex :comparator "i;octet" "Subject" "^(a+)+b?[[:alpha:]]*$" { vacation :days 3 :subject "x" "away"; }
