require "variables";
set :length :length "a" "x";
