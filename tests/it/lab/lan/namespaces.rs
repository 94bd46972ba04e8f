//! The box itself holds what it promises.

use std::process::Stdio;

use ai2ai_tests::lab::Lab;
use ai2ai_tests::times::{PATIENCE, wait_for};

#[test]
fn laptops_reach_each_other_and_nothing_else() {
    let Some(mut lab) = Lab::open() else { return };
    let alex = lab.laptop("alex");
    let sam = lab.laptop("sam");
    let routes = alex.machine().run("ip -4 route").expect("routes");
    assert!(routes.contains("10.77.0.0/24") && !routes.contains("default"), "{routes}");
    let neighbour = "ping -c 1 -W 2 10.77.0.2 >/dev/null 2>&1 || { bash -c 'exec 3<>/dev/tcp/10.77.0.2/9' 2>&1 | grep -q refused; }";
    alex.machine().run(neighbour).expect("the other laptop answers, even if only to refuse");
    drop(sam);
}

#[test]
fn what_runs_on_a_laptop_ends_with_it() {
    let Some(mut lab) = Lab::open() else { return };
    let laptop = lab.laptop("alex");
    let mut left_behind =
        laptop.machine().command("/bin/sleep".as_ref()).arg("1000").stdin(Stdio::null()).spawn().expect("sleep");
    wait_for("sleep to be in the namespace", PATIENCE, || {
        let count =
            "n=0; for net in /proc/[0-9]*/ns/net; do [ \"$net\" -ef /proc/self/ns/net ] && n=$((n + 1)); done; echo $n";
        let running: usize = laptop.machine().run(count).expect("a count").trim().parse().expect("a number");
        (running >= 3).then_some(())
    });
    drop(laptop);
    let ended = left_behind.wait().expect("it can be waited for");
    assert!(!ended.success(), "it was ended: {ended}");
}
