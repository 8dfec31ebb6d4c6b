package io.fadvised.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * fadvised.conf(5), made from reference.conf: its comments are the descriptions. To write it anew:
 *
 * <pre>java -cp 'target/test-classes:target/fadvised/lib/*' io.fadvised.docs.ConfManual \
 *   >src/main/man/fadvised.conf.5</pre>
 */
final class ConfManual {
  private static final String HEAD =
      """
      .\\" Made from src/main/resources/reference.conf by io.fadvised.docs.ConfManual.
      .TH FADVISED.CONF 5 "" fadvised "fadvised"
      .SH NAME
      fadvised.conf \\- configuration of fadvised(8)
      .SH SYNOPSIS
      .I /etc/fadvised/fadvised.conf
      .SH DESCRIPTION
      The file is written in HOCON, a superset of JSON: one
      .B key = value
      on a line, comments from
      .B #
      on. A block groups keys with a common beginning, so that
      .PP
      .nf
          fadvised.interval.min = 2s
          fadvised { interval { min = 2s } }
      .fi
      .PP
      are the same. A key that is missing has its default. Unknown keys and bad values are rejected, all of them
      at once and with their lines.
      .B fadvised check\\-config
      shows them, or else the values in force. A key of an earlier version is a warning.
      .PP
      .B ${?NAME}
      without quotes stands for the environment variable NAME, if it is set. A list of patterns may be text
      there, with commas.
      .PP
      Only root, the user that runs fadvised and the owner of its program may be able to write the file.
      Owner and mode of the file and of each directory above it are checked; a sticky directory such as
      /tmp, and a read\\-only mount, may be writable by others.
      .PP
      A file can include others, named relative to its own directory:
      .PP
      .nf
          include "site.conf"
          include "?local.conf"
          include "conf.d/*.conf"
      .fi
      .PP
      A missing file is an error unless its name starts with
      .BR ? .
      A
      .B *
      in the last part of the name includes every matching file in the order of their names; hidden files
      are left out. Of two files that set the same key the later one wins. URLs and resources of the class
      path cannot be included.
      .SH KEYS
      """;

  private static final String TAIL =
      """
      .SH PATTERNS
      A backing file can have two paths. The kernel reports the one in the mount namespace that attached the
      file, which for a container is often not the path on the host. The other is the path in the daemon's own
      mount namespace; the daemon knows it once it has opened the file. A pattern that starts with
      .B /
      matches if either path matches.
      .PP
      Patterns are applied again when a file is renamed: before each sweep, at a reload, and every 30 s. A device
      that is excluded from then on, or no longer, is logged. When the mount namespace that attached a file
      ends, the kernel cuts the path short. The daemon goes on with the earlier path until it is restarted, so
      write patterns for container storage with the path on the host. On filesystems other than ext4 and XFS
      the path on the host is known only if it is the one that the kernel reports.
      .SH EXAMPLE
      .nf
      # Leave the base images of the virtual machines alone, and sweep the archive less often.
      fadvised.devices.exclude = [ "/var/lib/images/base-*" ]
      fadvised.devices.overrides = [
        { match = "/srv/archive/**", interval.min = 30s }
      ]
      .fi
      .SH SEE ALSO
      .BR fadvised (8),
      .BR losetup (8),
      .BR posix_fadvise (2)
      """;

  private ConfManual() {}

  public static void main(String[] args) throws IOException {
    System.out.print(page());
  }

  static String page() throws IOException {
    try (InputStream reference =
        ConfManual.class.getClassLoader().getResourceAsStream("reference.conf")) {
      return page(new String(reference.readAllBytes(), UTF_8));
    }
  }

  static String page(String reference) {
    StringBuilder page = new StringBuilder(HEAD);
    List<String> comment = new ArrayList<>();
    for (String line : reference.lines().toList()) {
      if (line.startsWith("#")) {
        comment.add(line.substring(1));
      } else if (line.isBlank()) {
        comment = isAboutTheFile(comment) ? new ArrayList<>() : comment;
      } else {
        addKey(page, line, comment);
        comment = new ArrayList<>();
      }
    }
    return page.append(TAIL).toString();
  }

  /** The first words of all, which are for those who read the file itself. */
  private static boolean isAboutTheFile(List<String> comment) {
    return !comment.isEmpty() && comment.get(0).contains("The defaults of fadvised");
  }

  private static void addKey(StringBuilder page, String line, List<String> comment) {
    int equals = line.indexOf(" = ");
    page.append(".TP\n.B ")
        .append(escaped(line.substring(0, equals)))
        .append("\nDefault: ")
        .append(escaped(line.substring(equals + 3)))
        .append('\n');
    page.append(".IP\n");
    boolean literal = false;
    for (String words : comment) {
      boolean table = words.startsWith("   ");
      if (table != literal) {
        page.append(table ? ".nf\n" : ".fi\n");
        literal = table;
      }
      page.append(words.isBlank() ? ".IP\n" : escaped(words.strip()) + "\n");
    }
    if (literal) {
      page.append(".fi\n");
    }
  }

  /** For troff: its escape character, hyphens that are typed, and lines that look like requests. */
  private static String escaped(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
