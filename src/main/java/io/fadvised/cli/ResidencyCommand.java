package io.fadvised.cli;

import io.fadvised.cli.ResidencyJson.MappedTarget;
import io.fadvised.engine.Host;
import io.fadvised.json.JsonText;
import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.ResidencyScan;
import io.fadvised.pagecache.UnmeasurableException;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised residency}: maps the resident parts of a file or device. */
@Command(
    name = "residency",
    description = {
      "Shows which parts of the targets are in the page cache, and with cachestat (Linux 6.5) which"
          + " of them are dirty.",
      "For a loop device it shows the backing file. Nothing is evicted."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised residency loop3",
      "  sudo fadvised residency --json /var/lib/disks/*.img"
    })
final class ResidencyCommand implements Callable<Integer> {
  /** Progress is printed only for measurements that take longer. */
  private static final long PROGRESS_DELAY_NANOS = 500_000_000;

  /** The width of the terminal does not limit JSON. */
  private static final int MAX_JSON_CELLS = 1000;

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "TARGET",
      description =
          "A loop device (loop3, /dev/loop3), anything on one (a partition, a mapped device, a"
              + " mounted directory), any regular file, or another block device.")
  private List<String> targets = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object; see fadvised-json(5).")
  private boolean json;

  ResidencyCommand(World world) {
    this.world = world;
  }

  /**
   * A measured target.
   *
   * @param target as the operator named it
   * @param probe the system call used
   * @param sizeBytes the size of the measured range
   * @param cells regions of equal size, in order; the last may be shorter
   */
  private record Scan(String target, String probe, long sizeBytes, List<Region> cells) {
    Residency total() {
      return cells.stream().map(Region::residency).reduce(Residency::plus).orElse(Residency.NONE);
    }

    MappedTarget json() {
      return MappedTarget.of(target, probe, sizeBytes, total(), cells);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    Host host = world.host().get();
    Targets named = new Targets(new TargetResolver(world, host.scanner()), host);
    List<MappedTarget> found = new ArrayList<>();
    boolean failed = false;
    for (String text : targets) {
      try {
        for (Target target : named.resolve(text)) {
          failed |= !measure(target, named, host, found);
        }
      } catch (CommandFailedException e) {
        failed = true;
        report(text, e, found);
      }
    }
    if (json) {
      spec.commandLine().getOut().println(JsonText.formatted(ResidencyJson.of(found)));
    }
    return failed ? ExitCodes.FAILED : ExitCodes.DONE;
  }

  /** Returns whether it succeeded. */
  private boolean measure(Target target, Targets named, Host host, List<MappedTarget> found)
      throws InterruptedException {
    try {
      Scan scan = named.call(target, () -> scan(target, host));
      found.add(scan.json());
      if (!json) {
        show(scan);
      }
      return true;
    } catch (CommandFailedException e) {
      report(target.text(), e, found);
      return false;
    }
  }

  private void report(String target, CommandFailedException e, List<MappedTarget> found) {
    String sentence = String.join("; ", e.sentences());
    found.add(MappedTarget.failed(target, sentence));
    spec.commandLine().getErr().println("fadvised: " + Printable.of(target) + ": " + sentence);
  }

  private Scan scan(Target named, Host host) throws CommandFailedException {
    try (OpenTarget target = OpenTarget.toMeasure(named, host)) {
      long start = host.clock().nanos();
      ResidencyScan scan =
          ResidencyScan.of(
              host.kernel(),
              target.file(),
              target.stat(),
              target.range(),
              json ? MAX_JSON_CELLS : picture().maxCells(),
              (bytes, all) -> printProgress(bytes, all, host.clock().nanos() - start));
      return new Scan(named.text(), scan.probe(), target.range().length(), scan.cells());
    } catch (UnmeasurableException e) {
      throw new CommandFailedException(e.reason(), e);
    } catch (IOException e) {
      throw new CommandFailedException("cannot be measured: " + Sentences.of(e), e);
    }
  }

  private ResidencyPicture picture() {
    return new ResidencyPicture(columns());
  }

  /** A picture in a file or a pipe is for people, who wrap no lines of 200 characters. */
  private int columns() {
    boolean isKnown =
        world.terminal().isInteractive() || world.environment().containsKey("COLUMNS");
    return isKnown ? world.terminal().columns() : Terminal.DEFAULT_COLUMNS;
  }

  private void printProgress(long bytes, long all, long elapsedNanos) {
    if (!world.terminal().isInteractive() || elapsedNanos < PROGRESS_DELAY_NANOS) {
      return;
    }
    PrintWriter err = spec.commandLine().getErr();
    err.print(
        bytes >= all
            ? "\r" + " ".repeat(40) + "\r"
            : "\rmeasured " + Bytes.text(bytes) + " of " + Bytes.text(all) + "   ");
    err.flush();
  }

  private void show(Scan scan) {
    PrintWriter out = spec.commandLine().getOut();
    Residency total = scan.total();
    out.println(
        Printable.of(scan.target())
            + ": "
            + Bytes.text(total.residentBytes())
            + " of "
            + Bytes.text(scan.sizeBytes())
            + " resident"
            + waiting(total)
            + " (by "
            + scan.probe()
            + ")");
    picture().lines(scan.cells()).forEach(out::println);
    if (!scan.cells().isEmpty()) {
      long cellBytes = scan.cells().get(0).range().length();
      String legend = ResidencyPicture.legend(cellBytes, total.dirtyBytes().isPresent());
      Lines.wrapped(legend, columns()).forEach(out::println);
    }
  }

  private static String waiting(Residency total) {
    long waiting = EvictionText.waitingBytes(total);
    return waiting == 0 ? "" : ", " + Bytes.text(waiting) + " of it dirty";
  }
}
