"""The named character references of HTML (13.5 of its standard) as a table in C, on standard output."""
from html.entities import html5


def c_string(text):
    return '"' + "".join(f"\\{byte:03o}" for byte in text.encode()) + '"'


print('#include "html-entity.h"\n')
print("const IbHtmlEntity ib_html_entities[] = {")
for name in sorted(html5):
    print(f'    {{ "{name}", {c_string(html5[name])} }},')
print("};")
print("const gsize ib_html_entities_count = G_N_ELEMENTS (ib_html_entities);")
