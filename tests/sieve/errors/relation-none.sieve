require "relational";
if header :count "to" "1" { keep; }
