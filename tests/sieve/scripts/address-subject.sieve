if address :is "subject" "x@example.org" { keep; }
