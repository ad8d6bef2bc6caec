if exists "X Y" { keep; }
