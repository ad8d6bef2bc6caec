require ["fileinto", "variables"];
set "level" "..";
fileinto "a/${level}/b";
