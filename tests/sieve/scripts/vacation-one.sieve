require "vacation";
vacation :handle "one" "I am away.";
