package io.fadvised.engine;

import io.fadvised.policy.Reason;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records all events. */
public final class RecordingListener implements EngineListener {
  public final List<DeviceReport> appeared = new CopyOnWriteArrayList<>();
  public final List<String> disappeared = new CopyOnWriteArrayList<>();
  public final List<SweepReport> swept = new CopyOnWriteArrayList<>();
  public final List<String> skipped = new CopyOnWriteArrayList<>();
  public final List<DeviceReport> changed = new CopyOnWriteArrayList<>();
  public final List<String> directIo = new CopyOnWriteArrayList<>();
  public final List<String> problems = new CopyOnWriteArrayList<>();
  public final List<EngineSnapshot> snapshots = new CopyOnWriteArrayList<>();

  @Override
  public void appeared(DeviceReport device) {
    appeared.add(device);
  }

  @Override
  public void disappeared(String device) {
    disappeared.add(device);
  }

  @Override
  public void swept(SweepReport sweep) {
    swept.add(sweep);
  }

  @Override
  public void skipped(String device, Reason reason) {
    skipped.add(device);
  }

  @Override
  public void changed(DeviceReport device) {
    changed.add(device);
  }

  @Override
  public void directIo(DeviceReport device) {
    directIo.add(device.directIo());
  }

  @Override
  public void hostProblem(String message) {
    problems.add(message);
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    snapshots.add(snapshot);
  }

  public SweepReport lastSweep() {
    return swept.get(swept.size() - 1);
  }

  /** Returns the sweeps of one device. */
  public List<SweepReport> sweepsOf(String device) {
    return swept.stream().filter(sweep -> sweep.device().equals(device)).toList();
  }
}
