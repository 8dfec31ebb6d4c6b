package io.fadvised.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Attaches a file to devices and detaches it, thousands of times a second. */
final class AttachStorm {
  private static final int DEVICES = 16;

  /** Uses LOOP_CTL_ADD, LOOP_CONFIGURE and LOOP_CLR_FD; leaves every second device attached. */
  private static final String PROGRAM =
      """
      import errno, fcntl, os, struct, sys, time
      seconds, image, numbers = float(sys.argv[1]), sys.argv[2], [int(n) for n in sys.argv[3:]]
      control = os.open('/dev/loop-control', os.O_RDWR)
      config = struct.pack('II', os.open(image, os.O_RDWR), 0) + bytes(296)
      attachments = 0
      for n in numbers:
          fcntl.ioctl(control, 0x4C80, n)
      def attempt(n, request, argument):
          node = os.open('/dev/loop%d' % n, os.O_RDWR)
          try:
              fcntl.ioctl(node, request, argument)
              return 1
          except OSError as e:
              if e.errno not in (errno.EBUSY, errno.ENXIO):
                  raise
              return 0
          finally:
              os.close(node)
      end = time.monotonic() + seconds
      while time.monotonic() < end:
          for n in numbers:
              attachments += attempt(n, 0x4C0A, config)
              attempt(n, 0x4C01, 0)
      for n in numbers[::2]:
          attempt(n, 0x4C0A, config)
      print(attachments)
      """;

  private final Process process;
  private final List<LoopFixture> loops;

  private AttachStorm(Process process, List<LoopFixture> loops) {
    this.process = process;
    this.loops = loops;
  }

  /** Starts it on reserved devices. */
  static AttachStorm start(Scratch scratch, Path image, int seconds) throws IOException {
    List<LoopFixture> loops = Stream.generate(scratch::reserve).limit(DEVICES).toList();
    List<Object> command = new ArrayList<>(List.of("python3", "-c", PROGRAM, seconds, image));
    loops.forEach(loop -> command.add(loop.name().substring("loop".length())));
    Process process =
        Commands.builder(command.toArray()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    AttachStorm storm = new AttachStorm(process, loops);
    scratch.later(storm::end);
    return storm;
  }

  boolean goesOn() {
    return process.isAlive();
  }

  /** Returns the devices that are still attached. */
  List<LoopFixture> stillAttached() {
    return loops.stream().filter(LoopFixture::isBound).toList();
  }

  /** Returns the number of attachments after it has ended. */
  int attachments() throws IOException {
    byte[] output = process.getInputStream().readAllBytes();
    return Integer.parseInt(new String(output, StandardCharsets.UTF_8).strip());
  }

  private void end() throws InterruptedException {
    process.destroyForcibly().waitFor();
    stillAttached().forEach(LoopFixture::adopt);
  }
}
