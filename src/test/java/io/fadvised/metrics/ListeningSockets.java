package io.fadvised.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The TCP ports on which this process listens, as procfs shows them. */
final class ListeningSockets {
  private static final String LISTEN = "0A";

  private ListeningSockets() {}

  /** A socket that waits for connections. */
  record Listening(InetAddress address, int port) {}

  static Set<Listening> ofThisProcess() throws IOException {
    Set<String> own = ownInodes();
    return Stream.of("tcp", "tcp6")
        .map(file -> Path.of("/proc/self/net", file))
        .filter(Files::exists)
        .flatMap(ListeningSockets::lines)
        .map(line -> line.strip().split(" +"))
        .filter(fields -> fields[3].equals(LISTEN) && own.contains(fields[9]))
        .map(fields -> listening(fields[1]))
        .collect(Collectors.toSet());
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> ownInodes() throws IOException {
    Set<String> inodes = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:[")) {
            inodes.add(target.substring("socket:[".length(), target.length() - 1));
          }
        } catch (NoSuchFileException e) {
          // closed meanwhile
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return inodes;
  }

  /** The address is printed as 32-bit words of the machine's own byte order. */
  private static Listening listening(String local) {
    String[] parts = local.split(":", 2);
    byte[] words = HexFormat.of().parseHex(parts[0]);
    ByteBuffer address = ByteBuffer.allocate(words.length);
    ByteBuffer from = ByteBuffer.wrap(words).order(ByteOrder.nativeOrder());
    while (from.hasRemaining()) {
      address.putInt(from.getInt());
    }
    try {
      return new Listening(
          InetAddress.getByAddress(address.array()), Integer.parseInt(parts[1], 16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
