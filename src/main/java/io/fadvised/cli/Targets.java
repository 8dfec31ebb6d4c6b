package io.fadvised.cli;

import io.fadvised.engine.Host;
import io.fadvised.engine.Patience;
import io.fadvised.engine.Patience.NotRespondingException;
import java.util.List;
import java.util.OptionalLong;

/** The targets of a command. A hung filesystem fails its targets, and the others go on. */
final class Targets {
  private final TargetResolver resolver;
  private final Host host;
  private final Patience patience;

  Targets(TargetResolver resolver, Host host) {
    this.resolver = resolver;
    this.host = host;
    patience = new Patience(host.workers());
  }

  /** Resolves a name, see {@link TargetResolver#resolve}. */
  List<Target> resolve(String text) throws CommandFailedException, InterruptedException {
    return call(resolver.likelyFilesystem(text), () -> resolver.resolve(text));
  }

  /** Makes a call into the filesystem of a target. */
  <T> T call(Target target, Patience.Call<T, CommandFailedException> call)
      throws CommandFailedException, InterruptedException {
    OptionalLong filesystem =
        target instanceof Target.OfDevice device
            ? host.opener().likelyFilesystem(device.device())
            : resolver.likelyFilesystem(target.text());
    return call(filesystem, call);
  }

  private <T> T call(OptionalLong filesystem, Patience.Call<T, CommandFailedException> call)
      throws CommandFailedException, InterruptedException {
    try {
      return patience.call(filesystem, call);
    } catch (NotRespondingException e) {
      throw new CommandFailedException(e.reason(), e);
    }
  }
}
