package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;

/** Attaches hundreds of loop devices in one process, which detaches them at its end. */
final class ManyLoops {
  /** Uses LOOP_CTL_GET_FREE, LOOP_CONFIGURE and LOOP_CLR_FD. Removing devices would take long. */
  private static final String PROGRAM =
      """
      import errno, fcntl, os, struct, sys
      directory, count = sys.argv[1], int(sys.argv[2])
      control = os.open('/dev/loop-control', os.O_RDWR)
      def attach(file):
          node = os.open('/dev/loop%d' % fcntl.ioctl(control, 0x4C82), os.O_RDWR)
          try:
              fcntl.ioctl(node, 0x4C0A, struct.pack('II', file, 0) + bytes(296))
              return node
          except OSError as e:
              os.close(node)
              if e.errno != errno.EBUSY:
                  raise
              return attach(file)
      nodes = []
      try:
          for i in range(count):
              file = os.open('%s/image%d' % (directory, i), os.O_RDWR | os.O_CREAT)
              os.ftruncate(file, 1 << 20)
              nodes.append(attach(file))
              os.close(file)
          print('attached', flush=True)
          sys.stdin.read()
      finally:
          for node in nodes:
              fcntl.ioctl(node, 0x4C01, 0)
      """;

  private ManyLoops() {}

  /** Attaches {@code image0} and so on in a directory, until the test ends. */
  static void attach(Scratch scratch, Path directory, int count) throws IOException {
    Process process =
        Commands.builder("python3", "-c", PROGRAM, directory, count)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    scratch.later(
        () -> {
          process.outputWriter().close();
          assertThat(process.waitFor()).isZero();
        });
    assertThat(process.inputReader().readLine()).isEqualTo("attached");
  }
}
