require "enotify";
notify "carrier-pigeon:home";
