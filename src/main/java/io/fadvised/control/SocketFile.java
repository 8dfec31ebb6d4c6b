package io.fadvised.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The file of a control socket. Only its owner and root can connect to it, from the moment that it
 * exists.
 */
final class SocketFile implements AutoCloseable {
  private static final String NAME = "fadvised.sock";

  /** Connections that wait to be accepted. */
  private static final int BACKLOG = 64;

  private final Path path;
  private final ServerSocketChannel channel;
  private final Object key;

  private SocketFile(Path path, ServerSocketChannel channel, Object key) {
    this.path = path;
    this.channel = channel;
    this.key = key;
  }

  /**
   * Returns the places of the socket, the preferred one first. The daemon uses the first place, a
   * client the first file that exists.
   *
   * @param environment the environment variables; RUNTIME_DIRECTORY is set by systemd
   */
  static List<Path> places(Map<String, String> environment) {
    return places(environment, isRoot());
  }

  static List<Path> places(Map<String, String> environment, boolean root) {
    String named = environment.getOrDefault("FADVISED_SOCKET", "");
    if (!named.isEmpty()) {
      return List.of(Path.of(named).toAbsolutePath());
    }
    List<Path> places = new ArrayList<>();
    String service = environment.getOrDefault("RUNTIME_DIRECTORY", "");
    if (!service.isEmpty()) {
      places.add(Path.of(service.split(":", -1)[0], NAME));
    }
    String user = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!root && !user.isEmpty()) {
      places.add(Path.of(user, "fadvised", NAME));
    }
    Path run = Path.of(Files.isDirectory(Path.of("/run")) ? "/run" : "/var/run");
    places.add(run.resolve("fadvised").resolve(NAME));
    return places;
  }

  /**
   * Creates the socket, and its directory if there is none. Replaces the socket of a daemon that
   * has ended.
   */
  static SocketFile create(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !isSocket(path)) {
      throw new IOException(path + " is not a socket; remove it, or set FADVISED_SOCKET");
    }
    Path directory = path.toAbsolutePath().getParent();
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    // bind(2) creates the file with the rights of the umask; nobody else can enter this directory.
    Path workshop = Files.createTempDirectory(directory, ".new");
    Path made = workshop.resolve("s");
    try {
      channel.bind(UnixDomainSocketAddress.of(made), BACKLOG);
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      SocketFile file = new SocketFile(path, channel, keyOf(made));
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
      return file;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    } finally {
      Files.deleteIfExists(made);
      Files.delete(workshop);
    }
  }

  ServerSocketChannel channel() {
    return channel;
  }

  /** Closes the socket and removes its file, unless the file belongs to another daemon now. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && keyOf(path).equals(key)) {
      Files.delete(path);
    }
  }

  static boolean isSocket(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & 0170000) == 0140000; // S_IFMT, S_IFSOCK
  }

  private static boolean isRoot() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }
}
