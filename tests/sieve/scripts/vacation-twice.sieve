require "vacation";
vacation "I am away.";
vacation "I am away.";
