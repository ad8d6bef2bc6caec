require "variables";
set "space.name" "x";
