/**
 * Builds the wheel of a source distribution by its own backend, and gives it a name that is known before. Its arguments:
 * the source's file, the backend (`module` or `module:object`), the wheel's name, and folders of the source to import
 * the backend from. https://peps.python.org/pep-0517/
 */
export const buildScript = `
import functools, importlib, importlib.metadata, os, re, shutil, sys

source, backend, result, *path = sys.argv[1:]
home = os.getcwd()
shutil.unpack_archive(source, 'source')
[top] = [each for each in os.scandir('source') if each.is_dir()]
os.chdir(top.path)
sys.path[:1] = [os.path.abspath(each) for each in path]
module, _, name = backend.partition(':')
hooks = functools.reduce(getattr, filter(None, name.split('.')), importlib.import_module(module))
lacking = []
for requirement in getattr(hooks, 'get_requires_for_build_wheel', lambda _: [])({}):
    try:
        importlib.metadata.version(re.match(r'[\\w.-]+', requirement)[0])
    except importlib.metadata.PackageNotFoundError:
        lacking.append(requirement)
if lacking:
    sys.exit('its backend also needs ' + ', '.join(lacking))
folder = os.path.join(home, 'wheel')
os.mkdir(folder)
os.rename(os.path.join(folder, hooks.build_wheel(folder, {}, None)), os.path.join(home, result))
`.trimStart();
