package io.fadvised.cli;

import io.fadvised.engine.Host;
import io.fadvised.json.JsonText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised evict}: evicts the targets once, with or without a daemon. */
@Command(
    name = "evict",
    description = {
      "Evicts the page cache of the targets once, and prints the bytes released. Data is never"
          + " changed or lost.",
      "Dirty pages stay until they are written: evict starts the write and retries twice within a"
          + " second. It ignores the configuration and needs no daemon."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised evict loop3",
      "  sudo fadvised evict --dry-run /var/lib/disks/a.img /mnt/b"
    })
final class EvictCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "TARGET",
      description =
          "A loop device (loop3, /dev/loop3), anything on one (a partition, a mapped device, a"
              + " mounted directory), or any regular file; symbolic links to files are not followed.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = {"-n", "--dry-run"},
      description = "Measure only.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print one JSON object; see fadvised-json(5).")
  private boolean json;

  EvictCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws InterruptedException {
    Host host = world.host().get();
    Targets named = new Targets(new TargetResolver(world, host.scanner()), host);
    List<EvictionResult> results = new ArrayList<>();
    for (String text : targets) {
      for (EvictionResult result : evict(text, named, host)) {
        results.add(result);
        print(result);
      }
    }
    if (json) {
      spec.commandLine().getOut().println(JsonText.formatted(EvictionJson.of(dryRun, results)));
    }
    boolean failed = results.stream().anyMatch(result -> result.error().isPresent());
    return failed ? ExitCodes.FAILED : ExitCodes.DONE;
  }

  private List<EvictionResult> evict(String text, Targets named, Host host)
      throws InterruptedException {
    List<EvictionResult> results = new ArrayList<>();
    try {
      for (Target target : named.resolve(text)) {
        results.add(evict(target, named, host));
      }
    } catch (CommandFailedException e) {
      results.add(EvictionResult.failed(text, dryRun, String.join("; ", e.sentences())));
    }
    return results;
  }

  private EvictionResult evict(Target target, Targets named, Host host)
      throws InterruptedException {
    try {
      TargetEviction eviction = new TargetEviction(host); // a hung one keeps its evictor
      return named.call(target, () -> eviction.evict(target, dryRun));
    } catch (CommandFailedException e) {
      return EvictionResult.failed(target.text(), dryRun, String.join("; ", e.sentences()));
    }
  }

  private void print(EvictionResult result) {
    if (result.error().isPresent()) {
      spec.commandLine().getErr().println("fadvised: " + EvictionText.of(result));
    } else if (!json) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(EvictionText.of(result));
    }
  }
}
