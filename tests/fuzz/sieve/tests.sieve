require ["envelope", "relational", "comparator-i;ascii-numeric", "spamtestplus", "mailbox", "imap4flags"];
if envelope :domain :is "from" "example.org" { keep; }
if address :localpart :comparator "i;octet" "to" "me" { keep; }
if address :count "ge" ["from", "to"] "3" { keep; }
if header :value "gt" :comparator "i;ascii-numeric" "x-number" "6" { keep; }
if spamtest :percent :value "ge" :comparator "i;ascii-numeric" "80" { discard; }
if mailboxexists ["INBOX", "Junk"] { keep; }
if hasflag :contains ["seen", "a b"] { removeflag "a"; setflag "b"; }
if exists ["from", "subject"] { stop; }
