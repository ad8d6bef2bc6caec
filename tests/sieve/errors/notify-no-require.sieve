notify "desktop:";
