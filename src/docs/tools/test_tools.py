"""The checks of the texts. Run: python3 -m unittest discover src/docs"""

import pathlib
import tempfile
import unittest

from tools import java, limits, prose, reference, rules, scripts, words


class Sentences(unittest.TestCase):
    def test_a_program_in_lower_case_begins_a_sentence(self):
        self.assertEqual(prose.sentences("It evicts. fadvised polls."), ["It evicts.", "fadvised polls."])

    def test_abbreviations_and_numbers_end_none(self):
        text = "Files, e.g. images (cf. 3.1), hold 2.5 GiB. Then it ends."
        self.assertEqual([prose.words(s) for s in prose.sentences(text)], [8, 3])

    def test_a_span_of_code_is_one_word(self):
        self.assertEqual(prose.words(prose.plain("run `sudo fadvised status` now")), 3)

    def test_items_without_a_sentence_are_left_out(self):
        page = prose.markdown("- [How it works](a.md)\n- It evicts one device.\n")
        self.assertEqual([count for _, count, _ in prose.lengths(page)], [4])


PAGE = """\
# Title

Some text
of two lines.

```
code   here

and here
```

| a | b |
|---|---|

    indented

1. An item
   goes on.

   ```
   fadvised in an item
   ```
- [Link](other.md#part) and ![picture](a.svg) <img src="b.png">

<!-- not
shown -->
## `code`, and more: *Title*
## Title
"""


class Markdown(unittest.TestCase):
    def setUp(self):
        self.page = prose.markdown(PAGE)

    def test_blocks_have_their_kinds_and_lines(self):
        self.assertEqual(
            [(b.kind, b.line) for b in self.page],
            [("heading", 1), ("paragraph", 3), ("code", 7), ("table", 12), ("table", 13), ("code", 15)]
            + [("item", 17), ("code", 21), ("item", 23), ("heading", 27), ("heading", 28)],
        )

    def test_links_and_pictures_are_found(self):
        found = [link for block in self.page for link in block.links()]
        self.assertEqual(found, [(23, "a.svg"), (23, "b.png"), (23, "other.md#part")])

    def test_anchors_are_those_of_github(self):
        self.assertEqual(prose.anchors(self.page), {"title", "code-and-more-title", "title-1"})

    def test_a_link_in_code_is_none(self):
        self.assertEqual(prose.markdown("see `[a](b)` and `a` [c](d)")[0].links(), [(1, "d")])


class OtherPages(unittest.TestCase):
    def test_bold_of_a_manual_page_is_code(self):
        text = ".BR posix_fadvise (2),\nonce\\-only.\n.nf\na \\-b\n.fi\n"
        page = prose.roff(".TH X 8\n.SH NAME\n.TP\n.B run\nEvicts by\n" + text)
        self.assertEqual(
            [(b.kind, b.text) for b in page],
            [("heading", "`run`"), ("paragraph", "Evicts by\n`posix_fadvise`(2),\nonce-only."), ("code", "a -b")],
        )

    def test_keys_and_examples_of_a_configuration_are_code(self):
        page = prose.conf("# Two\n# lines.\n#\n#     an.example = 1\n#\n#a.key = 2\n")
        self.assertEqual(
            [(b.kind, b.line, b.text) for b in page],
            [("paragraph", 1, "Two\nlines."), ("code", 4, "an.example = 1"), ("code", 6, "a.key = 2")],
        )


class Words(unittest.TestCase):
    def found(self, text):
        return [word for _, word, _ in words.find(text)]

    def test_the_old_words_are_found(self):
        for text in (
            "the kernel says so",
            "what it says of a file",
            "as it was told",
            "since the last look",
            "a device that was looked at",
            "evicting it does harm",
            "evicted pages come back",
            "such a device stands down",
            "stands such a device down",
            "no loop device can be had",
            "the folder of the file",
            "lower cache tolerated",
            "it is cached below.",
            "for so many devices",
            "ends without a word",
        ):
            self.assertEqual(len(self.found(text)), 1, text)

    def test_the_same_words_in_another_meaning_are_not(self):
        for text in (
            "look up the name; it looks like a path",
            "have a look at the log",
            "harmless, unharmed",
            "the server comes back",
            "it backs off exponentially",
            "they cannot be told apart",
            "the daemon is told to stop",
            "at least two, at most five",
            "so that, so far, so much that it matters",
            "the values below the table",
            "cached below the 2 GiB mark",
            "as the manual page says",
            "in turn, in line with this",
            "a Grafana folder",
            "a shared file, as long as it lasts",
        ):
            self.assertEqual(self.found(text), [], text)

    def test_a_word_is_counted_once(self):
        self.assertEqual(self.found("it says what it is"), ["it says"])

    def test_openings_are_whole_words(self):
        self.assertEqual(words.opening("What is left."), "What")
        self.assertEqual(words.opening("The same for two."), "The same")
        self.assertIsNone(words.opening("Soon. Off. Of-course. Whose. Whatever"))


SOURCE = '''
/**
 * What is "quoted".
 *
 * @param x what
 */
@Command(
    name = "evict",
    footer = {"  sudo fadvised evict loop3"})
class A {
  @Mixin private B b;
  // Of two
  // lines
  int x = 1; // So what
  @Option(names = {"-n", "--dry-run"}) boolean n;
  @ParameterizedTest
  @CsvSource({"a", "b"})
  void whatIsLeftStays() { log("no // comment, " + "one {}", 'x'); }
  @Test
  void whateverworks() {}
}
'''


class Sources(unittest.TestCase):
    def test_comments_and_strings_are_kept_apart(self):
        self.assertEqual([line for line, _ in java.comments(SOURCE)], [3, 12, 14])
        self.assertEqual(java.comments(SOURCE)[1][1], "Of two lines")
        self.assertIn((18, "no // comment, one {}"), java.strings(SOURCE))

    def test_tests_are_found(self):
        self.assertEqual(java.tests(SOURCE), [(18, "whatIsLeftStays"), (20, "whateverworks")])

    def test_commands_have_their_options_those_of_mixins_and_of_all(self):
        sources = {
            "A.java": SOURCE,
            "B.java": '@Option(names = "--config") Path x;',
            "F.java": '@Command(name = "fadvised") class F { @Option(names = {"-h", "--help"}) boolean h; }',
        }
        known = java.commands(sources)
        self.assertEqual(known["evict"], {"-n", "--dry-run", "--config", "-h", "--help"})
        self.assertEqual(known[""], {"-h", "--help"})

    def test_variables_of_scripts_are_no_words(self):
        self.assertEqual(scripts.texts('echo "in $folder ${folder}" # a comment\n')[0], (1, "a comment"))
        for source in ('echo "in $folder ${folder}"\n', '"""Doc."""\nfolder = f"{folder}"\n'):
            self.assertFalse(any(words.find(text) for _, text in scripts.texts(source)), source)


class Calls(unittest.TestCase):
    KNOWN = {"status": {"--json"}, "check-config": {"--set"}, "": {"--version"}}

    def problems(self, text):
        return list(rules.unknown_commands(text, self.KNOWN))

    def test_what_exists_is_accepted(self):
        for text in (
            "fadvised",
            "fadvised --version",
            "$ sudo target/fadvised/bin/fadvised status --json | jq -r .x",
            "kubectl exec ds/fadvised -- fadvised status",
            "fadvised check-config --set a=b && systemctl reload fadvised",
            "fadvised status   # --of all",
            "systemctl status fadvised --no-pager",
            "apt purge fadvised other",
            "the daemon of fadvised runs",
        ):
            self.assertEqual(self.problems(text), [], text)

    def test_what_does_not_exist_is_found(self):
        self.assertEqual(self.problems("sudo fadvised show"), ["no command: fadvised show"])
        self.assertEqual(self.problems("true && fadvised status --all"), ["no option: fadvised status --all"])


class Trees(unittest.TestCase):
    """Each rule on a small repository."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)

    def tree(self, **files):
        paths = []
        for name, text in files.items():
            path = name.replace("__", "/").replace("_md", ".md").replace("_conf", ".conf")
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
            paths.append(path)
        return rules.Tree(self.root, paths)

    def test_dead_links_are_found(self):
        text = "[a](src/docs/b.md#part) [b](c.md) [c](src/docs/b.md#no) [d](#here) [e](https://x/y)"
        text += " `src/no/file`\n\n# Here\n"
        tree = self.tree(README_md=text, src__docs__b_md="# Part\n[up](../../README.md#here) [out](../../../x)\n")
        self.assertEqual(
            [finding.message for finding in rules.links(tree)],
            ["no file c.md", "no heading #no in src/docs/b.md", "no file src/no/file"]
            + ["../../../x leads out of the repository"],
        )

    def test_keys_that_do_not_exist_are_found(self):
        tree = self.tree(
            src__main__resources__reference_conf="fadvised.budget.relaxed = 1\nfadvised.dry-run = false\n",
            README_md="""
`budget.relaxed`, `budget.no`, `fadvised.budget`, `fadvised.conf`, `-Dfadvised.home`, io.fadvised.x

    fadvised run --set dry-run=true --set nothing=1
    fadvised.dry-run = true
    fadvised.wet-run = true
""",
        )
        self.assertEqual(
            [(finding.line, finding.message) for finding in rules.keys(tree)],
            [(2, "no key fadvised.budget.no"), (6, "no key fadvised.wet-run"), (4, "no key fadvised.nothing")],
        )

    def test_lengths_are_per_page(self):
        tree = self.tree(README_md="# T\n\nOne two three. One.\n")
        figures = {rule: figure for rule, _, figure, _ in rules.figures(tree)}
        self.assertEqual(figures, {"readme-lines": 3, "mean-words": 2, "longest-sentence": 3})

    def test_comments_and_strings_of_sources_are_read(self):
        tree = self.tree()
        path = "src/main/java/A.java"
        (self.root / path).parent.mkdir(parents=True)
        (self.root / path).write_text('/** What the kernel says. */\nString s = "the folder";\nint LEAST_SIZE = 1;\n')
        tree = rules.Tree(self.root, [path])
        self.assertEqual(len(list(rules.openings(tree))), 1)
        self.assertEqual([f.line for f in rules.avoided_words(tree)], [2])
        self.assertEqual([f.line for f in rules.avoided_words_of_comments(tree)], [1])
        self.assertEqual([f.line for f in rules.constants(tree)], [3])


REFERENCE = """\
# The file.

# Beats - or * - with budget.relaxed.
# .B is text, \\ too.
#
#     # an example
#     fadvised.a-b = 2
#
fadvised.a-b = "/x"
"""


class Generated(unittest.TestCase):
    def setUp(self):
        self.keys = reference.parse(REFERENCE)

    def test_the_configuration_comments_the_default_out(self):
        self.assertTrue(reference.conf(self.keys).endswith('#     fadvised.a-b = 2\n#\n#fadvised.a-b = "/x"\n'))

    def test_the_manual_page_escapes_requests_and_hyphens(self):
        self.assertEqual(
            reference.roff(self.keys),
            ".TP\n.B fadvised.a\\-b\nBeats \\- or * \\- with budget.relaxed.\n\\&.B is text, \\e too.\n"
            ".IP\n.nf\n# an example\nfadvised.a\\-b = 2\n.fi\n",
        )

    def test_the_documentation_links_each_key_and_marks_code(self):
        page = reference.markdown(self.keys)
        self.assertIn('| [`fadvised.a-b`](#fadviseda-b) | `"/x"` |', page)
        self.assertIn("Beats - or `*` - with `budget.relaxed`.\n", page)
        blocks = prose.markdown(page)
        self.assertIn("fadviseda-b", prose.anchors(blocks))
        self.assertIn("# an example\nfadvised.a-b = 2", [b.text for b in blocks if b.kind == "code"])

    def test_only_the_part_between_the_marks_is_replaced(self):
        marks = {
            "src/docs/configuration.md": "a\n<!-- {} -->\nold\n<!-- {} -->\nb\n",
            "src/main/man/fadvised.conf.5": 'a\n.\\" {}\nold\n.\\" {}\nb\n',
        }
        texts = {path: text.format(reference._BEGIN, reference._END) for path, text in marks.items()}
        for path, text in list(reference.pages(self.keys, texts.get))[1:]:
            self.assertTrue(text.startswith("a\n") and text.endswith("\nb\n"), text)
            self.assertNotIn("old", text)

    def test_a_comment_has_at_most_three_lines(self):
        with self.assertRaisesRegex(ValueError, "4 lines, at most 3"):
            reference.parse("# The file.\n\n" + "# x\n" * 4 + "a = 1\n")


class Titles(unittest.TestCase):
    def test_a_title_has_an_area_and_sixty_characters(self):
        self.assertEqual(rules.title_problems("engine: sweep devices round-robin"), [])
        self.assertEqual(len(rules.title_problems("Sweep devices round-robin")), 1)
        self.assertEqual(len(rules.title_problems("engine: " + "x" * 53)), 1)
        self.assertEqual(len(rules.title_problems("docs: take up main", parents=2)), 1)


class Limits(unittest.TestCase):
    def test_a_table_is_read_as_it_is_written(self):
        table = {("words", "a b.md"): 2.0, ("mean-words", "c"): 20.5}
        self.assertEqual(limits.parse(limits.render(table)), table)

    def test_only_lower_limits_are_accepted(self):
        before = {("words", "a"): 2, ("words", "b"): 1}
        self.assertEqual(limits.raised(before, {("words", "a"): 1}), [])
        self.assertEqual(limits.raised(before, {("words", "a"): 3}), [("words", "a", 2, 3)])
        self.assertEqual(limits.raised(before, {("words", "c"): 3}), [], "renamed")
        self.assertEqual(limits.raised(before, before | {("words", "c"): 1}), [("words", "c", None, 1)])


if __name__ == "__main__":
    unittest.main()
