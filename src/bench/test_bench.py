"""The pure parts of the benchmark. Run: python3 -m unittest discover src/bench"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from xml.etree import ElementTree

import chart
import figures
import guard
import quiet
import reaction
import report
import session
import setups
import terminal
import workloads

MIB = 1 << 20

MACHINE = {
    "cpu": "a processor & co",
    "cores": 2,
    "memory_mib": 24 << 10,
    "kernel": "6.18",
    "filesystem": "ext4",
    "disk": "vda",
    "fadvised": "fadvised 1",
    "fio": "fio-3",
    "vmtouch": "v1",
}


def run(workload, setup, **found):
    figures = {name: 0 for _, name in report.DETAILS}
    return {"workload": workload, "setup": setup, "repeat": 0, "figures": {**figures, **found}}


def sample(**values):
    zero = {name: 0 for name in figures.Sample.__dataclass_fields__}
    return figures.Sample(**{**zero, **values})


def fio_side(iops=0, percentiles=None):
    side = {"iops": iops, "bw_bytes": iops * MIB, "total_ios": int(iops * 10)}
    if percentiles:
        names = ("50.000000", "99.000000", "99.900000")
        side["clat_ns"] = {"percentile": dict(zip(names, percentiles))}
    return side


class FioOutput(unittest.TestCase):
    def output(self, **changes):
        job = {"jobname": "mixed", "error": 0, "read": fio_side(70, (1000, 2000, 3000))}
        job |= {"write": fio_side(30, (9000, 9000, 9000))} | changes
        other = {"jobname": "stream", "error": 0, "read": fio_side(5), "write": fio_side()}
        return json.dumps({"jobs": [other, job]})

    def test_counts_reads_and_writes_of_the_job_and_takes_the_latency_of_reads(self):
        found = figures.parse_fio(self.output(), "mixed")
        self.assertEqual(
            found,
            {
                "ops_per_second": 100,
                "mib_per_second": 100,
                "p50_us": 1,
                "p99_us": 2,
                "p99_9_us": 3,
            },
        )

    def test_takes_the_latency_of_writes_without_reads(self):
        found = figures.parse_fio(self.output(read=fio_side()), "mixed")
        self.assertEqual(found["p99_us"], 9)

    def test_takes_the_latency_of_fsync_on_request(self):
        sync = {"lat_ns": fio_side(1, (5000, 6000, 7000))["clat_ns"]}
        found = figures.parse_fio(self.output(sync=sync), "mixed", fsync=True)
        self.assertEqual(found["p99_9_us"], 7)

    def test_skips_output_before_the_json(self):
        found = figures.parse_fio("fio: a warning\n" + self.output(), "mixed")
        self.assertEqual(found["ops_per_second"], 100)

    def test_rejects_a_failed_and_a_missing_job(self):
        with self.assertRaisesRegex(ValueError, "failed"):
            figures.parse_fio(self.output(error=5), "mixed")
        with self.assertRaisesRegex(ValueError, "no job other"):
            figures.parse_fio(self.output(), "other")


class ProcFiles(unittest.TestCase):
    def test_reads_processor_times(self):
        stat = "cpu  10 1 20 300 40 2 3 4 5 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
        self.assertEqual(figures.parse_cpu(stat), (380, 40, 11))
        self.assertEqual(figures.parse_busy(stat), 40)

    def test_reads_only_the_disk_with_the_given_numbers(self):
        text = " 7 0 loop0 1 0 8 0 1 0 8 0 0 0 0\n 254 0 vda 5 0 64 9 6 0 16 9 0 0 0\n"
        self.assertEqual(figures.parse_disk(text, (254, 0)), (64 * 512, 16 * 512))
        self.assertEqual(figures.parse_disk(text, (0, 40)), (0, 0))

    def test_reads_refaults_by_new_and_old_name(self):
        new = "workingset_refault_anon 3\nworkingset_refault_file 7\n"
        self.assertEqual(figures.parse_refaults(new), 7)
        self.assertEqual(figures.parse_refaults("workingset_refault 8\n"), 8)

    def test_counts_scanned_pages_once(self):
        text = "pgscan_kswapd 3\npgscan_direct 4\npgscan_anon 5\npgscan_file 2\n"
        self.assertEqual(figures.parse_scanned(text), 7)

    def test_reads_a_process_whose_name_has_blanks_and_parentheses(self):
        fields = ["S", *map(str, range(4, 53))]
        found = figures.parse_process(f"12 (a ) b) {' '.join(fields)}", 4096)
        self.assertEqual(found, (14 + 16, 15 + 17, 24 * 4096))


class HostFigures(unittest.TestCase):
    def test_are_differences_of_the_first_and_last_sample(self):
        first = sample(cpu_ticks=1000, iowait_ticks=10, disk_read_bytes=MIB, refaults=5)
        last = sample(cpu_ticks=1400, iowait_ticks=110, disk_read_bytes=5 * MIB, refaults=25)
        found = figures.host_figures([first, sample(), last], 100, 2)
        self.assertEqual(found["iowait_percent"], 25)
        self.assertEqual(found["disk_read_mib_per_second"], 2)
        self.assertEqual(found["refaults_per_second"], 10)

    def test_have_maximum_and_mean_residency(self):
        samples = [sample(lower_bytes=size * MIB) for size in (1, 6, 2)]
        found = figures.host_figures(samples, 100, 2)
        self.assertEqual((found["lower_max_mib"], found["lower_mean_mib"]), (6, 3))

    def test_distinguish_the_evictor_from_others(self):
        last = sample(user_ticks=150, workload_user_ticks=100, evictor_user_ticks=20)
        found = figures.host_figures([sample(), last], 100, 2)
        self.assertEqual(found["evictor_user_percent"], 10)
        self.assertEqual(found["others_user_percent"], 15)


class Tables(unittest.TestCase):
    def test_a_spread_is_the_median_with_the_range(self):
        self.assertEqual(report.spread([9, 1, 4]), (4, 1, 9))
        self.assertEqual(report.spread([1, 2]).median, 1.5)

    def test_numbers_have_three_significant_digits(self):
        shown = [report.number(value) for value in (0, 0.125, 9.96, 99.96, 1234, 9996, 123456)]
        self.assertEqual(shown, ["0", "0.12", "10.0", "100", "1234", "10.0k", "123k"])

    def test_runs_of_one_workload_and_setup_are_combined(self):
        runs = [run("fsync", "none", p99_us=value) for value in (1, 2, 3)]
        runs += [run("fsync", "direct", p99_us=9), run("idle", "none", p99_us=9)]
        self.assertEqual(report.spreads(runs, "fsync", "none")["p99_us"], (2, 1, 3))

    def test_an_unavailable_setup_has_no_figures(self):
        runs = [run("fsync", "none", ops_per_second=5)]
        runs += [{"workload": "fsync", "setup": "direct", "repeat": 0, "figures": None}]
        row = report.headline(runs).splitlines()[2]
        self.assertTrue(row.startswith("| small writes, each with fsync: requests/s | 5.00 |"), row)
        self.assertTrue(row.endswith("| – |"), row)

    def test_a_workload_is_judged_by_its_own_figure(self):
        runs = [run("streaming", "none", p99_us=77, ops_per_second=1000)]
        self.assertIn("| 77.0 |", report.headline(runs))


class Ratios(unittest.TestCase):
    def runs(self, workload, figure, **values):
        """Runs of repeats 0, 1, … with these values by setup."""
        return [
            {**run(workload, setup, **{figure: value}), "repeat": repeat}
            for setup, repeats in values.items()
            for repeat, value in enumerate(repeats)
        ]

    def ratio(self, runs, over):
        keys = {one["workload"] for one in runs}
        workload = next(known for known in workloads.WORKLOADS if known.key in keys)
        return report.ratio(runs, workload, over)

    def test_compare_runs_of_the_same_repeat(self):
        runs = self.runs("idle", "ops_per_second", none=[10, 100, 20], fadvised=[20, 100, 10])
        self.assertEqual(self.ratio(runs, ["none"]), (1, 0.5, 2))

    def test_are_over_the_best_of_several(self):
        more = self.runs("idle", "ops_per_second", fadvised=[8], vmtouch=[4], drop_caches=[2])
        self.assertEqual(self.ratio(more, ["vmtouch", "drop_caches"]).median, 2)
        less = self.runs("streaming", "p99_us", fadvised=[8], vmtouch=[4], drop_caches=[2])
        self.assertEqual(self.ratio(less, ["vmtouch", "drop_caches"]).median, 4)

    def test_skip_incomplete_repeats(self):
        runs = self.runs("idle", "ops_per_second", none=[10, 20], fadvised=[10])
        self.assertEqual(self.ratio(runs, ["none"]), (1, 1, 1))
        self.assertIsNone(self.ratio(runs, ["direct"]))


class Chart(unittest.TestCase):
    def drawn(self, *runs):
        return ElementTree.fromstring(chart.chart({"runs": runs, "machine": MACHINE}))

    def texts(self, svg):
        return [part.text for part in svg.iter() if part.tag.endswith("}text")]

    def test_has_a_bar_for_each_workload_with_a_ratio(self):
        svg = self.drawn(
            run("idle", "none", ops_per_second=2),
            run("idle", "fadvised", ops_per_second=3),
            run("fsync", "none", ops_per_second=4),
            run("streaming", "none", p99_us=7),
            run("streaming", "fadvised", p99_us=7),
        )
        self.assertEqual([part.get("class") for part in svg.iter()].count("bar"), 1)
        self.assertIn("nothing to gain: memory to spare", self.texts(svg))

    def test_bars_are_as_long_as_their_median_ratios(self):
        runs = [
            {**run("idle", setup, ops_per_second=value), "repeat": repeat}
            for setup, values in (("none", (10, 10, 10)), ("fadvised", (5, 20, 8)))
            for repeat, value in enumerate(values)
        ]
        svg = self.drawn(*runs)
        bar = next(part for part in svg.iter() if part.get("class") == "bar")
        self.assertAlmostEqual(float(bar.get("width")), 0.8 * chart.BARS_WIDTH / 2, delta=0.1)
        self.assertIn("0.80", self.texts(svg))
        self.assertIn("0.50–2.00, 3 runs", self.texts(svg))

    def test_without_any_ratio_is_well_formed(self):
        svg = self.drawn(run("idle", "none", ops_per_second=1))
        self.assertIn(chart.TITLE, self.texts(svg))

    def test_supports_light_and_dark_mode(self):
        self.assertIn("prefers-color-scheme: dark", chart.STYLE)

    def test_matches_the_checked_in_result(self):
        results = pathlib.Path(__file__).resolve().parent / "results"
        found = json.loads((results / "result.json").read_text())
        self.assertEqual((results / "chart.svg").read_text(), chart.chart(found))


class Terminal(unittest.TestCase):
    def drawn(self, screen):
        return ElementTree.fromstring(terminal.svg(screen, 20, 3, "a & b"))

    def texts(self, svg):
        return [(part.text, part.get("fill")) for part in svg.iter() if part.tag.endswith("}text")]

    def test_words_keep_their_column_and_colour(self):
        svg = self.drawn("  one two\x1b[31m red\x1b[39m\n\x1b[1m<bold>\x1b[0m")
        self.assertEqual(
            self.texts(svg),
            [
                ("one two", terminal.FOREGROUND),
                ("red", terminal.PALETTE[1]),
                ("<bold>", terminal.FOREGROUND),
            ],
        )
        first = next(part for part in svg.iter() if part.text == "one two")
        self.assertAlmostEqual(float(first.get("x")), terminal.MARGIN + 2 * terminal.CELL_WIDTH)
        self.assertAlmostEqual(float(first.get("textLength")), 7 * terminal.CELL_WIDTH, delta=0.01)

    def test_inverse_text_swaps_foreground_and_background(self):
        svg = self.drawn("\x1b[7mhead\x1b[0m")
        self.assertEqual(self.texts(svg), [("head", terminal.BACKGROUND)])
        fills = [part.get("fill") for part in svg.iter() if part.tag.endswith("}rect")]
        self.assertEqual(fills, [terminal.BACKGROUND, terminal.FOREGROUND])

    def test_equal_blocks_become_one_rectangle(self):
        rects = [part for part in self.drawn("██▄░░░").iter() if part.tag.endswith("}rect")]
        self.assertEqual(
            [float(rect.get("width")) for rect in rects[1:]],
            [round(blocks * terminal.CELL_WIDTH, 1) for blocks in (2, 1, 3)],
        )

    def test_an_unknown_code_is_an_error(self):
        self.assertRaises(ValueError, self.drawn, "\x1b[38;5;12mx")


class Turns(unittest.TestCase):
    def test_run_every_setup_in_each_repeat_in_rotating_order(self):
        some = workloads.WORKLOADS[:1]
        order = [
            [turn.setup.key for turn in session.turns(some, setups.SETUPS, repeat, 1)]
            for repeat in range(len(setups.SETUPS))
        ]
        everyone = {setup.key for setup in setups.SETUPS}
        self.assertTrue(all(set(keys) == everyone for keys in order))
        self.assertEqual({keys[0] for keys in order}, everyone)

    def test_added_repeats_get_the_next_numbers(self):
        runs = [{"workload": "idle", "repeat": 1}, {"workload": "fsync", "repeat": 7}]
        idle = [known for known in workloads.WORKLOADS if known.key == "idle"]
        self.assertEqual(session.next_repeat(runs, idle), 2)
        self.assertEqual(session.next_repeat([], idle), 0)


class Workloads(unittest.TestCase):
    def test_working_sets_are_between_half_and_all_of_the_memory(self):
        for set_mib in (workloads.SMALL_SET_MIB, workloads.LARGE_SET_MIB):
            self.assertTrue(workloads.REST_MIB / 2 <= set_mib <= workloads.REST_MIB)

    def test_one_copy_of_the_base_image_fits_but_not_one_for_each_device(self):
        self.assertLess(workloads.BASE_SET_MIB, workloads.REST_MIB)
        self.assertGreater(workloads.BASE_SET_MIB * workloads.BASE_DEVICES, workloads.REST_MIB)

    def test_all_devices_of_a_base_image_are_one_fio_group(self):
        shared = next(known for known in workloads.WORKLOADS if known.shared)
        argv = workloads.fio_arguments(shared, ["/a", "/b"], 1, 2)
        self.assertEqual(argv.count("--name=shared"), 2)
        self.assertEqual(argv.count("--new_group"), 1)


class Quiet(unittest.TestCase):
    def test_means_little_processor_time_and_disk_io(self):
        self.assertTrue(quiet.is_quiet((0, 0), (5, MIB), 100))
        self.assertFalse(quiet.is_quiet((0, 0), (50, 0), 100))
        self.assertFalse(quiet.is_quiet((0, 0), (0, 50 * MIB), 100))


class Memory(unittest.TestCase):
    def test_run_with_too_much_memory_is_detected(self):
        narrow = next(known for known in workloads.WORKLOADS if known.narrow)
        wide = next(known for known in workloads.WORKLOADS if not known.narrow)
        rest = workloads.REST_MIB
        right, wrong = {session.AVAILABLE: [rest, rest - 90]}, {session.AVAILABLE: [rest, rest + 900]}
        self.assertFalse(session._had_more_memory(narrow, right))
        self.assertTrue(session._had_more_memory(narrow, wrong))
        self.assertFalse(session._had_more_memory(wide, wrong))


class Reaction(unittest.TestCase):
    def samples(self, *values):
        return [reaction.Sample(seconds, lower * MIB, scanned) for seconds, lower, scanned in values]

    def test_counts_from_the_first_scanned_page_to_the_first_sample_within_the_budget(self):
        samples = self.samples((0, 900, 5), (1, 900, 5), (2, 800, 6), (3, 50, 9), (4, 10, 9), (5, 8, 9))
        found = reaction.summary(samples, 20 * MIB)
        self.assertEqual(found["pressure_begins_seconds"], 2)
        self.assertEqual(found["reaction_seconds"], 2)

    def test_reports_missing_pressure_and_missing_reaction(self):
        calm = reaction.summary(self.samples((0, 9, 5), (1, 9, 5)), 20 * MIB)
        self.assertIsNone(calm["pressure_begins_seconds"])
        late = reaction.summary(self.samples((0, 90, 5), (1, 90, 6)), 20 * MIB)
        self.assertIsNone(late["reaction_seconds"])


class Guards(unittest.TestCase):
    """Uses real processes, but no root privileges."""

    def name(self):
        """A name that no benchmark on this host has."""
        return f"\0fadvised-bench-{os.getpid()}-{self.id()}"

    def test_only_one_can_run(self):
        with guard.Guard(self.name()):
            with self.assertRaisesRegex(guard.BusyError, "another benchmark"):
                guard.Guard(self.name())
        with guard.Guard(self.name()):
            with guard.Guard(guard.INSIDE), guard.Guard(guard.INSIDE):
                pass

    def test_undo_commands_in_reverse_order(self):
        with tempfile.TemporaryDirectory() as directory:
            trace = pathlib.Path(directory, "trace")
            with guard.Guard(self.name()) as undo:
                undo.later(f"echo first >>{trace}")
                undo.later(f"echo second >>{trace}")
                self.assertFalse(trace.exists())
            self.assertEqual(trace.read_text().split(), ["second", "first"])

    def test_undo_after_the_program_was_killed(self):
        with tempfile.TemporaryDirectory() as directory:
            trace = pathlib.Path(directory, "trace")
            program = (
                f"import guard, time; undo = guard.Guard({self.name()!r}); "
                f"undo.later('echo undone >{trace}'); print('registered', flush=True); time.sleep(60)"
            )
            here = pathlib.Path(__file__).parent
            victim = subprocess.Popen(
                [sys.executable, "-c", program], cwd=here, stdout=subprocess.PIPE
            )
            victim.stdout.readline()
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            victim.stdout.close()
            give_up = time.monotonic() + 60
            while time.monotonic() < give_up and not (trace.exists() and trace.read_text()):
                time.sleep(0.02)
            self.assertEqual(trace.read_text(), "undone\n")

    def test_retry_until_a_command_succeeds(self):
        with tempfile.TemporaryDirectory() as directory:
            tries = pathlib.Path(directory, "tries")
            self.assertTrue(guard.run_until_done(f"echo x >>{tries}; test $(wc -l <{tries}) = 3"))

    def test_report_failed_commands(self):
        self.assertFalse(guard.run_until_done("false", timeout_seconds=0))


if __name__ == "__main__":
    unittest.main()
