require "date";
if date ["date", "resent-date"] "year" "2009" { keep; }
