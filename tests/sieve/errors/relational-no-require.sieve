if header :count "eq" "to" "1" { keep; }
