if header :resembles "subject" "x" { keep; }
