require "extlists";
if header :list :is "from" "friends" { keep; }
