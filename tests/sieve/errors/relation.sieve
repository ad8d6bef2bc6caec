require "relational";
if header :count "is" "to" "1" { keep; }
