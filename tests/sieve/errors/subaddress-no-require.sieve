if address :detail "from" "x" { keep; }
