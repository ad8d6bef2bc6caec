if header :regex "x" "a" { keep; }
