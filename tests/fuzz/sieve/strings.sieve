require ["encoded-character", "fileinto"];
if header :is "subject" text: # note
..dot
line
.
{ fileinto "a${hex: 40 41}${unicode: e9 263a}${hex:zz}\a\\\""; }
/* end */ redirect "a@b.example";
