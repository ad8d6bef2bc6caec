if header :list "from" "friends" { keep; }
