require ["regex", "variables", "encoded-character", "imap4flags", "relational", "fileinto"];
if header :matches ["x-${none}", "subject"] "*a*${b}" {
    set :lower :upperfirst :quotewildcard "a" "${1}.${02}${0}$${a}${hex:24}{a}";
    set :length "n" "${a}";
}
if string :matches ["${a}", "x"] ["${n}?", "*${a}*"] { addflag "f" ["${1} b", "\\Seen"]; }
if hasflag :count "ge" "f" "${n}" { removeflag "f" "b"; }
if string :count "eq" ["${f}", ""] "1" { fileinto :flags "${f}" "${a}"; redirect "a@${n}"; }
if string :regex "${a}" "(a+)+$|${1}" { set :quoteregex "a" "${0}"; }
