if envelope :is "from" "x" { keep; }
