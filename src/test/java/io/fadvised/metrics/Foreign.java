package io.fadvised.metrics;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.QueryExp;

/** What nobody expects, and what tells when it is deserialized all the same. */
final class Foreign implements QueryExp, Serializable {
  static final Queue<String> READ = new ConcurrentLinkedQueue<>();

  private static final long serialVersionUID = 1;

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    READ.add("read by " + Thread.currentThread().getName());
  }

  @Override
  public boolean apply(ObjectName name) {
    return true;
  }

  @Override
  public void setMBeanServer(MBeanServer server) {}
}
