require "variables";
set "who" "nobody at all";
redirect "${who}";
