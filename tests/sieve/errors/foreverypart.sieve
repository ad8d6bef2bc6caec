require "foreverypart";

break;
foreverypart :name "one" { break :name "other"; }
foreverypart { keep; } break;
foreverypart { foreverypart { foreverypart { foreverypart { foreverypart { keep; } } } } }
foreverypart;
foreverypart :name { keep; }
