if header ["subject", "to",] "x" { keep; }
