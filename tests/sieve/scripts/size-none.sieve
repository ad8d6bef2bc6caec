if size 1 { keep; }
