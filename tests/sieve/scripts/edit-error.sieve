require ["editheader", "ihave"];
addheader "X-Lost" "1";
deleteheader "Subject";
error "no";
