package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Devices are attached and detached as fast as possible. */
@Requires(programs = {"python3", "fincore", "dd"})
@Timeout(60)
class AttachStormIT {
  private static final int SECONDS = 5;

  /** Attachments a second. */
  private static final int MIN_RATE = 200;

  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  void healthyDeviceIsSweptDuringAttachStorm() throws Exception {
    Bystander bystander = Bystander.start(scratch, "interval.min=200ms", "interval.max=1s");
    List<String> before = bystander.devices();
    Path image = DataFiles.writeClean(scratch.file("image"), 4);
    List<String> openBefore = OpenFiles.ofThisProcess();

    AttachStorm storm = AttachStorm.start(scratch, image, SECONDS);
    int served = 0;
    while (storm.goesOn()) {
      bystander.assertServedInItsInterval();
      served++;
    }

    int attachments = storm.attachments();
    System.out.printf("%d attachments a second, served %d times%n", attachments / SECONDS, served);
    assertThat(attachments).as("attachments").isGreaterThan(MIN_RATE * SECONDS);
    Recorder.await(
        Bystander.TIMEOUT,
        "exactly those that are attached",
        () -> {
          List<String> left = storm.stillAttached().stream().map(LoopFixture::name).toList();
          List<String> expected = Stream.concat(before.stream(), left.stream()).sorted().toList();
          return !left.isEmpty() && bystander.devices().stream().sorted().toList().equals(expected);
        });
    Recorder.await(
        Bystander.TIMEOUT,
        "nothing is left open",
        () -> OpenFiles.ofThisProcess().equals(openBefore));
    bystander.assertServedInItsInterval();
  }
}
