"""Outputs of Jinja2 under transformers' environment for expressions and templates of our own.

    pip install transformers==5.23.0 jinja2==3.1.6
    python make_jinja.py        # writes jinja.json beside it
"""

import json
import os
import warnings

warnings.filterwarnings("ignore")
from transformers.utils.chat_template_utils import _cached_compile_jinja_template  # noqa: E402

VARIABLES = {
    "messages": [
        {"role": "system", "content": " Be kind. "},
        {"role": "user", "content": "Hi é🙂\n", "name": "Ann"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "pay", "arguments": {"sum": 2.0, "rate": 1e-05, "id": 12345678901234567890, "2": "b", "1": None}}}],
        },
    ],
    "tools": None,
    "xs": [3, 1, 2],
    "words": ["pear", "Apple", "fig", "apple"],
    "d": {"b": 1, "a": [True, None, 1.5], "c": {"x": "it's", "y": 'say "hi"'}},
    "people": [{"name": "Bo", "age": 30, "city": "X"}, {"name": "al", "age": 25, "city": "Y"}, {"name": "Cy", "age": 30, "city": "X"}],
    "s": "The quick  brown\tfox\njumps",
    "t": "x,y,,z",
    "f": 2.5,
    "n": 7,
    "big": 9007199254740993,
    "yes": True,
    "html": "<b>&'\"</b>",
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}],
}

EXPRESSIONS = r"""
none
true
[none, true, false, 1, 1.0, 'a', "it's", 'q"', "a'\"b"]
(1,)
()
{}
{'a': none, 'b': [true, 'x'], 1: 2.50}
tools
messages[-1].role == 'user'
messages|map(attribute='role')|list
messages[2].tool_calls[0].function
messages[2].tool_calls[0].function|tojson
messages[2].tool_calls[0].function.arguments|tojson(indent=2)
messages[2].tool_calls[0].function.arguments|tojson(sort_keys=true)
messages[1]|tojson
messages[1]|tojson(ensure_ascii=true)
d|tojson(separators=(',', ':'))
d|tojson(indent='--')
d
d.items()
d.keys()
d.values()|list
d.items()|list
d|items|list
d|dictsort
d.get('zz')
d.get('zz', 'no')
d.zz
d.zz is defined
d['a'][0]
d.c.x
d.copy is defined
'b' in d
'1' == 1
1 == 1.0
true == 1
['a'] == ['a']
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
-7 % 3
7 % -3
-7 // 2
7 // 2
7 / 2
6 / 3
-7.5 % 2
-7.5 // 2
2 ** 10
2 ** -1
2 ** 0.5
2 ** 3 ** 2
-2 ** 2
2 ** 100
big
big + 1
big * 1.0
1e16
1e15
123456789.123
1e-4
1e-5
0.1 + 0.2
1e22
1.5e300 * 1e10
5 - 8
true + 1
+yes
-f
'a' ~ 1 ~ none ~ true ~ 1.0
'a' * 3
[1] * 3
(1, 2) + (3,)
[1] + [2]
'ab' + 'cd'
'a' + 1
1 + 'a'
[1] + (2,)
'a' - 'b'
'a' < 'b'
'Z' < 'a'
[1, 2] < [1, 3]
1 < 'a'
1 < 2 < 3
3 > 2 > 2
1 == 1 != 2
not 1 == 2
not none
1 and 0
0 or 'x'
'' or none
1 if false
1 if false else 2
1 if n > 3 else 2 if n > 1 else 3
'a' in 'abc'
1 in xs
4 not in xs
'x' not in 'abc'
1 in 'a'
xs[0]
xs[-1]
xs[9]
xs[1:]
xs[::-1]
xs[:-1]
xs[::2]
xs[5:]
'hello'[1:3]
'hello'[::-1]
'é🙂x'[1]
'é🙂x'[1:]
'é🙂x'|length
'é🙂x'|reverse
range(5)
range(5)|list
range(2, 10, 3)|list
range(5, 0, -2)|list
range(5)[1:3]
range(3)|length
range(5)|sum
s.split()
s.split(' ')
s.split(none, 1)
s.rsplit(none, 1)
t.split(',')
t.split(',', 1)
t.rsplit(',', 1)
' a b '.split(none, 1)
' a b '.rsplit(none, 1)
''.split()
''.split(',')
'a\nb\r\nc'.splitlines()
'a\nb\n'.splitlines(true)
s.upper()
s.title()
'aBC dEF'|title
'aBC'|capitalize
"it's o'neil-SMITH (abc)"|title
"it's o'neil-SMITH (abc)".title()
'ǆ ß ﬁ x'.title()
'aBC'.swapcase()
'straße'.upper()
'ΑΣ'.lower()
'Straße'.casefold()
'  x '.strip() ~ '|'
'xxaxx'.strip('x')
'xyaxy'.lstrip('xy')
'\n a-b \n'.rstrip('\n')
'\u00a0a\u2003'.strip()
'abcabc'.find('c')
'abcabc'.rfind('c')
'abc'.find('z')
'abc'.index('z')
'abcabc'.count('bc')
'abc'.count('')
'abc'.startswith('ab')
'abc'.startswith(('x', 'a'))
'abc'.endswith('bc', 1)
'a-b-c'.partition('-')
'a-b-c'.rpartition('-')
'abc'.replace('b', '')
'aaa'.replace('a', 'b', 2)
'ab'.replace('', '-')
'7'.zfill(3)
'-7'.zfill(4)
'a'.ljust(3) ~ '|'
'a'.rjust(3, '.')
'ab'.center(5, '*')
'abc'.center(6, '*')
'a\tb'.expandtabs(4)
', '.join(['a', 'b'])
', '.join(d)
', '.join([1])
'abc'.removeprefix('ab')
'abc'.removesuffix('bc')
'12'.isdigit()
'1²'.isdigit()
'½'.isnumeric()
'½'.isdigit()
'a1'.isalnum()
''.isalpha()
'Ab Cd'.istitle()
'AB1'.isupper()
'1'.isupper()
'a_1'.isidentifier()
'a\n'.isprintable()
' \t'.isspace()
'{}:{}'.format('a', 1)
'{1}{0}'.format('a', 'b')
'{x!r}'.format(x='q')
'{:>5}|{:<5}|{:^5}'.format(1, 'a', 'b')
'{:05.1f}'.format(3.14159)
'{:,}'.format(1234567)
'{:x}'.format(255)
'{:#x}'.format(255)
'{:.2%}'.format(0.1234)
'{:e}'.format(12345.678)
'{:g}'.format(0.00001234)
'{:+d}'.format(5)
'{0[a]}'.format({'a': 5})
'{{}}'.format()
'%s!' % 'a'
'%s %d %.2f' % ('a', 3, 2.005)
'%5.1f|%-5s|%05d' % (2.25, 'a', 42)
'%(a)s' % {'a': 1}
'%x %o %e %g' % (255, 8, 1234.5, 0.0001)
'%%' % ()
'%s %s' % ('a',)
'%r' % 'a'
'%s'|format('x')
'%s-%s'|format('x', 1)
xs|sort
words|sort
words|sort(case_sensitive=true)
words|sort(reverse=true)
people|sort(attribute='age')|map(attribute='name')|list
people|sort(attribute='age,name')|map(attribute='name')|list
people|sort(attribute='name')|map(attribute='name')|join(' ')
people|groupby('city')
people|groupby('age')|map('first')|list
people|map(attribute='zip', default='-')|list
people|selectattr('age', 'gt', 26)|map(attribute='name')|list
people|rejectattr('city', 'equalto', 'X')|list|length
people|selectattr('age')|list|length
messages|selectattr('role', 'in', ['user', 'tool'])|list|length
messages|selectattr('tool_calls', 'defined')|list|length
xs|select('odd')|list
xs|reject('odd')|list
xs|select|list
[0, 1, '']|select|list
xs|map('string')|join('+')
['a ', 'b']|map('trim')|join(',')
words|map('upper')|list
words|unique|list
words|unique(case_sensitive=true)|list
words|max
words|min
xs|max
[]|max
people|max(attribute='age')
xs|first
xs|last
[]|first
'abc'|last
xs|sum
[1, 2.5]|sum
people|sum(attribute='age')
[[1], [2]]|sum(start=[])
xs|length
xs|count
d|length
none|length
xs|join
xs|join(', ')
people|join(', ', attribute='name')
[1, none, true]|join('-')
xs|reverse|list
xs|batch(2)|list
xs|batch(2, 'x')|list
range(7)|slice(3)|list
range(7)|slice(3, 'x')|list
xs|list
'abc'|list
d|list
none|list
2.5|round
3.5|round
-2.5|round
2.567|round(2)
2.675|round(2)
2.5|round(0, 'floor')
2.1|round(method='ceil')
1234|round(-2)
2.5|round|int
7|round
'42'|int
'4x'|int
'4x'|int(7)
'2.9'|int
'0x1f'|int(0, 16)
2.9|int
none|int
'1e3'|float
'abc'|float
'abc'|float(1.5)
3|float
-3|abs
'3'|abs
html|e
html|escape
html|e ~ '<'
html|safe
(html|e)|length
('<'|e) + '<'
'a'|d('b')
missing|d('b')
missing|default('b')
''|default('b', true)
none|default('b')
none|d('b', true)
missing
missing.x
missing + 1
missing ~ 'a'
missing|length
missing|list
missing|upper
missing|int
missing == none
missing is none
missing|tojson
missing.upper()
missing()
none|trim
none|upper
none.x
5.x
n.real
1|string
[1]|string
none|string
true|string
'a\nb'|indent
'a\n\nb'|indent(2, true)
'a\n\nb'|indent(2, blank=true)
'a\nb'|indent('> ')
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(9, true, '', 0)
'foo bar baz qux'|truncate(11)
'a b  c'|wordcount
'the quick brown fox'|wordwrap(9)
'abc'|center(7) ~ '|'
' a '|trim
'xax'|trim('x')
'abab'|replace('a', 'x')
'abab'|replace('a', 'x', 1)
'<p>a <b>b</b>&amp;</p>'|striptags
'a b&c/é'|urlencode
{'a': 1, 'b': 'x y'}|urlencode
1000|filesizeformat
123456789|filesizeformat
1024|filesizeformat(true)
{'a': 1, 'b': none}|xmlattr
d|attr('items')
'a'|attr('upper')
1 is odd
2 is even
9 is divisibleby 3
9 is divisibleby(4)
1 is number
true is number
1.0 is float
1 is float
true is integer
1 is integer
true is boolean
'a' is string
none is none
none is not none
d is mapping
xs is mapping
xs is sequence
'a' is sequence
d is sequence
1 is sequence
xs is iterable
1 is iterable
'a' is lower
'A' is upper
'a' is eq 'a'
1 is gt 0
messages|length is gt 1
1 is lt(2)
1 is in [1]
2 is ne 2
xs is sameas xs
none is sameas none
true is true
1 is true
false is false
range is callable
'upper' is filter
'x' is defined
namespace(a=1).a
namespace({'a': 1}).a
namespace(a=1)
dict(a=1).a
dict([('a', 1)], b=2)
dict.fromkeys(['a'], 0)
cycler('a', 'b').next()
joiner('|')()
xs.append(4)
d.update({'x': 1})
xs.append is defined
''.__class__
d.pop('a')
xs.index(1)
xs.index(9)
xs.count(1)
(1, 2).index(2)
'a' 'b' "c"
'tab\there'
'\x41\u00e9\101'
'\d'
0x1f + 0b11 + 0o7
1_000
1.5e3
.5
n .real
xs.0
'abc'[5]
'abc'['x']
[[1, 2], [3]]|map('sum')|list
words|map('length')|list
words|map('replace', 'p', 'b')|list
words|select('in', ['fig'])|list
people|map(attribute='name')|map('lower')|sort|join
{'a': {'b': [10, 20]}}.a.b[1]
[{'a': {'b': 1}}]|map(attribute='a.b')|list
(1 if n else 2) + 3
n in (1, 7)
1, 2
range(3)|map('string')|list|tojson
'caf\u00e9\u0007\u200b\u3000\U0001f600'|string|length
['caf\u00e9\u0007\u200b\u3000']
'a\\b'
['a\\b\n\t\r']
loop is defined
raise_exception('no')
strftime_now is defined
1 / 0
1 % 0
1 // 0
1.0 / 0
unknown_function()
range(100001)|length
range(100000)|length
'x'|unknown
'x' is unknown
(1 if true else ('x'|unknown))
10 ** 20
12345678901234567890 // 7
-12345678901234567890 % 97
12345678901234567890 / 3
1e400
-1e400
[1e400, -1e400]|tojson
[0.1, 1.0, 100.0, 1e21]|tojson
{1: 'a', none: 'b', true: 'c', 1.5: 'd'}|tojson
{(1, 2): 3}
{(1, 2): 3}|tojson
{[1]: 2}
'/'|tojson
'</script>\u2028\x7f\x01'|tojson
(1, 2)|tojson
range(2)|tojson
xs|map('string')|tojson
"%d" % 3.99
"%d" % 'a'
"%s" % none
"%s" % (xs,)
"%s" % xs
"%.3s|" % 'abcdef'
"%c" % 'x'
"a" % 1
'%.0f' % 2.5
'%.1f' % 0.25
'{:.0f}'.format(0.5)
'{:d}'.format(3.0)
'{:>{w}}'.format('a', w=4)
'{a.name}'.format(a=namespace(name='q'))
'{a.__class__}'.format(a=1)
'{'.format()
1.0|int
'%s' % 1e16
1e16|int
(0.1).is_integer()
""".strip().split("\n")

TEMPLATES = [
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.cycle('a', 'b') }} {% endfor %}",
    "{% for m in messages %}{{ loop.previtem.role }}<{{ m.role }}>{{ loop.nextitem.role if not loop.last }};{% endfor %}",
    "{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for x in xs if x > 1 %}{{ loop.length }}{{ x }}{% else %}none{% endfor %}",
    "{% for x in [] %}a{% else %}none{% endfor %}",
    "{% for x in missing %}a{% else %}none{% endfor %}",
    "{% for x in none %}a{% endfor %}",
    "{% for x in 5 %}a{% endfor %}",
    "{% for c in 'aé🙂' %}[{{ c }}]{% endfor %}",
    "{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }} {% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% break %}",
    "{% for n in tree recursive %}{{ n.v }}@{{ loop.depth }}{% if n.kids %}({{ loop(n.kids) }}){% endif %}{% endfor %}",
    "{% for x in xs %}{{ loop(x) }}{% endfor %}",
    "{% set x = 1 %}{% for i in xs %}{% set x = x + i %}{{ x }},{% endfor %}{{ x }}",
    "{% set ns = namespace(x=1) %}{% for i in xs %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}",
    "{% set d.x = 1 %}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% if true %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if xs|length > 2 and n %}a{% elif n %}b{% else %}c{% endif %}",
    "{% if missing %}a{% elif 0.0 %}b{% elif '' %}c{% elif [] %}d{% elif {} %}e{% else %}f{% endif %}",
    "{% if xs|select('gt', 9) %}always{% endif %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = 1 %}",
    "{% set x %}  hi {{ n }} {% endset %}[{{ x }}]",
    "{% set x | upper | trim %} hi {% endset %}[{{ x }}]",
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }} {{ f(1, c=5) }} {{ f(1, 2, 3) }} {{ f() }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(b=2) }}",
    "{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, x=4) }}",
    "{% macro f() %}[{{ caller() }}]{% endmacro %}{% call f() %}in{{ n }}{% endcall %}",
    "{% macro f() %}[{{ caller(1, 2) }}]{% endmacro %}{% call(a, b) f() %}{{ a }}-{{ b }}{% endcall %}",
    "{% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}",
    "{% macro f() %}x{% endmacro %}{% call f() %}in{% endcall %}",
    "{% macro f(x) %}{% if x > 0 %}{{ x }}{{ f(x - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% macro f() %}{{ y }}{% endmacro %}{% set y = 3 %}{{ f() }}",
    "{% set y = 3 %}{% macro f() %}{% set y = 4 %}{{ y }}{% endmacro %}{{ f() }}{{ y }}",
    "{% macro f(a, b=1) %}{% endmacro %}{{ f.name }}{{ f.arguments }}{{ f.catch_kwargs }}{{ f.caller }}",
    "{{ f(1) }}{% macro f(x) %}{{ x }}{% endmacro %}",
    "{% macro f(x) %}{{ x }}{% endmacro %}{{ xs|map('string')|map('upper')|join }}{{ f|string|length > 0 }}",
    "{% with a=1, b=2 %}{{ a + b }}{% endwith %}{{ a }}",
    "{% set a = 5 %}{% with a=1, b=a %}{{ b }}{% endwith %}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}",
    "{% filter upper %}abc {{ n }}x{% endfilter %}",
    "{% filter replace('a', 'b')|upper %}aca{% endfilter %}",
    "{% raw %}{{ x }}{% y %}{# z #}{% endraw %}",
    "{% raw -%}  a  {%- endraw %} b",
    "a{# comment #}b{#- c -#} d",
    "a\n{# comment #}\nb",
    "a\n  {# comment #}\nb",
    "{% block title %}x{{ n }}{% endblock %}",
    "{% block title %}x{% set n = 1 %}{% endblock title %}{{ n }}",
    "{% for x in xs %}{% block b %}{{ x }}{% endblock %}{% endfor %}",
    "{% autoescape true %}x{% endautoescape %}",
    "{% print 5 %}",
    "{% include 'x' %}",
    "{% unknown %}",
    "{% if %}",
    "{{ ",
    "{{ a b }}",
    "{{ (1 }}",
    "{% if true %}",
    "{% endif %}",
    "{{ 'a }}",
    "{{ }}",
    "{{ 1 +",
    "{# open",
    "{% raw %}open",
    "}} %} #}",
    "a\n\n",
    "a\n",
    "\n\na",
    "{% if true %}\nx\n{% endif %}\ny\n",
    "  {% if true %}\n  x\n  {% endif %}\n  y",
    "  {%+ if true %}x{% endif %}",
    "{% if true +%}\nx{% endif %}",
    "a  {%- if true -%}  x  {%- endif -%}  b",
    "a\n\n  {{- n -}}  \n b",
    "x  {{ n }}  y",
    "  {{ n }}\n  z",
    "\t{% set a = 1 %}\t\n{{ a }}",
    "a {% set q = 1 %}\nb",
    "{% set a = 1 %} \nb",
    "line\r\n{% if true %}\r\nx\r\n{% endif %}\r\ny",
    "{{ 'a\nb' }}",
    "{{ \"a\r\nb\" }}",
    "{{- '\n' -}} x",
    "{% for x in xs -%}\n  {{ x }}\n{%- endfor %}",
    "{% for x in xs %}\n  {{ x }}\n{% endfor %}",
    "{%- for x in xs %}\n  {{- x }},\n{%- endfor -%}\n",
    "{% generation %}abc{{ n }}{% endgeneration %}d",
    "{% for m in messages %}{% generation %}{{ m.role }}{% set q = 1 %}{% endgeneration %}{{ q }}|{% endfor %}",
    "{% for x in xs %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{{ {'a': 1}['a'] }}{{ {'a': {'b': 2}}.a.b }}",
    "{{ '{{' }}{{ '}}' }}{{ '%}' }}",
    "{{ {'a': {'b': 1}} }}",
    "{% set x = 1 if false %}{{ x }}|{{ x is defined }}",
    "{% set x = cycler('a', 'b') %}{{ x.next() }}{{ x.next() }}{{ x.next() }}{{ x.current }}",
    "{% set j = joiner(', ') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}",
    "{% for g in people|groupby('city') %}{{ g.grouper }}:{{ g.list|length }};{% endfor %}",
    "{% for c, ps in people|groupby('age') %}{{ c }}:{{ ps|map(attribute='name')|join('/') }};{% endfor %}",
    "{% set g = xs|map('string') %}{{ g|list }}{{ g|list }}",
    "{% set g = xs|map('string') %}{{ g|first }}{{ g|join }}",
    "{% for x in xs|map('string') %}{{ loop.length }}{{ loop.last }}{% endfor %}",
    "{{ xs|map('string')|length }}",
    "{% if false %}{{ 'x'|unknown }}{% endif %}ok",
    "{% if false %}{% for x in xs %}{{ 'x'|unknown }}{% endfor %}{% endif %}ok",
    "{% for x in [] %}{{ 'x'|unknown }}{% endfor %}ok",
    "{% set messages = messages[1:] %}{{ messages[0].role }}",
    "{% for message in messages %}{% set content = message.content %}{{ content|trim }}{% endfor %}{{ content }}",
    "{% set true = 1 %}",
    "{% for m in messages %}{% for m in xs %}{{ m }}{{ loop.index }}{% endfor %}{{ loop.index }}{{ m.role }}{% endfor %}",
    "{% set loop = 5 %}{% for x in xs %}{{ loop.index }}{% endfor %}{{ loop }}",
    "{%set x=[1,2]%}{{x[0]}}{{x[1]}}",
    "{{ messages[0]['role'] }}{{ messages[0]['nope'] }}{{ messages[0].nope }}",
    "{{ messages[1].content.split('\\n')[-1] is defined }}",
    "{{ d.items()|list|first|last }}",
    "{{ d.items }}" if False else "{{ d.items() is iterable }}",
    "{% do xs.append(1) %}",
    "{{ xs }}{{ xs.append(1) }}",
    "{{ 'a' if n is defined and n > 3 else 'b' }}",
    "{{ not n is none }}{{ n is not none and true }}",
    "{{ n is odd and n is not even }}",
    "{{ -n|abs }}{{ (-n)|abs }}{{ 2 - -3 }}{{ - 3 }}",
    "{{ 'a' ~ 'b' * 2 }}{{ 1 + 2 ~ 3 }}{{ 'x' ~ 1 + 1 }}",
    "{{ n == 7 and 'seven' or 'other' }}",
    "{{ xs[n - 6] }}{{ xs[-n + 5:] }}",
    "{{ f(*xs) }}{% macro f() %}{% endmacro %}",
    "{% macro f(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(*xs) }}{{ f(**{'a': 1, 'b': 2, 'c': 3}) }}",
]


def run(template):
    try:
        return {"text": _cached_compile_jinja_template(template).render(**VARIABLES)}
    except Exception as error:  # noqa: BLE001 every error of a template is a result
        return {"error": type(error).__name__}


templates = ["{{ " + expression + " }}" for expression in EXPRESSIONS] + TEMPLATES
cases = [{"template": template, **run(template)} for template in templates]
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jinja.json")
with open(out, "w", encoding="utf-8") as file:
    # The variables stay a text, so that the test reads them as Charter reads a row.
    json.dump({"variables": json.dumps(VARIABLES), "cases": cases}, file, ensure_ascii=True, indent=0)
    file.write("\n")
print(len(cases), sum("error" in case for case in cases))
