require "subaddress";
if address :user :domain "from" "x" { keep; }
