require "enotify";
notify :importance "4" "desktop:";
