require "include";
include "../scripts/keep";
